"""Who somebody is: accounts, permissions, teams."""

from __future__ import annotations

from msgspec import Struct

from paddock.bot.api.answers import Account, App, Permission
from paddock.bot.api.errors import ForbiddenError, NotFoundError
from paddock.bot.api.section import Section, path


class _Membership(Struct):
    state: str


class People(Section):
    """Who is somebody to the repository and its organisation."""

    def me(self) -> Account | None:
        """The account whose token this is; None for an app's token, which GitHub tells nothing of."""
        try:
            return self._calls.get("/user", Account)
        except ForbiddenError as error:
            if error.status == 403:  # noqa: PLR2004 - Forbidden; a 401 is a token that is none
                return None
            raise

    def permission(self, login: str) -> Permission:
        """What an account may; nothing where there is no such account."""
        try:
            return self._calls.get(self._path("collaborators", login, "permission"), Permission)
        except NotFoundError:
            return Permission()

    def app(self, slug: str) -> App | None:
        """An app by its name; None where there is none that this token may see."""
        try:
            return self._calls.get(path("apps", slug), App)
        except (ForbiddenError, NotFoundError):
            return None

    def in_team(self, login: str, team: str) -> bool:
        """Whether an account is in a team, `ORGANISATION/SLUG`, or in one below it; an invited one is not yet.

        Raises:
            ForbiddenError: the token may not see the organisation's members, as a workflow's may not.
        """
        organisation, _, slug = team.partition("/")
        try:
            found = self._calls.get(path("orgs", organisation, "teams", slug, "memberships", login), _Membership)
        except NotFoundError:
            return False
        return found.state == "active"
