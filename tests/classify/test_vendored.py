from __future__ import annotations

import pytest

from paddock.classify import without_content
from paddock.model import FileClass

# (path, linguist's flag, whether it is a third party's)
ROWS = [
    # dependencies
    ("lib/VVendor/a.h", True, True),
    ("lib/vVvendor/a.h", True, True),
    ("lib/Externals/a.c", True, True),
    ("extern/a.c", True, True),
    ("lib/vendored/a.c", False, False),
    ("lib/venv/a.py", False, False),
    ("lib/endor/a.py", False, False),
    ("a/vendor", False, False),
    ("web/node_modules/a.json", True, True),
    ("bower_components/a.json", True, True),
    ("vendors/a.json", True, True),
    ("Godeps/_workspace/a.json", True, True),
    ("Godeps/a.json", False, False),
    ("iOS/Carthage/a.json", True, True),
    ("My-Carthage/a.json", False, False),
    ("xvba_modules/a.vb", True, True),
    ("admin_media/a.gif", True, True),
    ("env/a.py", True, False),
    # at the root only
    ("deps/zlib/a.c", True, True),
    ("Dependencies/a.c", True, True),
    ("src/deps/zlib/a.c", False, False),
    ("debian/rules", True, False),
    ("src/debian/rules", False, False),
    ("rebar", True, True),
    ("bin/rebar", False, False),
    # third party; for the class, a whole segment
    ("src/my3rd-Party/a.c", True, False),
    ("src/3rd-Party/a.c", True, True),
    ("third_party/a.c", True, True),
    ("ThirdParty/a.c", True, True),
    ("src/THIRDPARTY/a.c", False, False),
    ("src/thirdparty", False, False),
    # output
    ("web/dist/a.css", True, False),
    ("cache/a", True, False),
    ("web/dist.css", False, False),
    ("web/Dist/a.css", False, False),
    # Yarn, esy, NuGet, flow-typed
    (".yarn/sdks/a.js", True, True),
    (".yarn/releases/a.cjs", True, True),
    (".yarn/cache.zip", False, False),
    ("_esy", True, False),
    ("packages/Json.9/lib/a.xml", True, False),
    ("Packages/Json.9/a", True, False),
    ("packages/.9/a", False, False),
    ("packages/core/a.ts", False, False),
    ("flow-typed/npm/a.js", True, False),
    ("flow-typed/npm/a.ts", False, False),
    # fixtures
    ("pkg/testdata/a.json", True, False),
    ("pkg/Specs/fixtures/a.json", True, False),
    ("inst/extdata/a.csv", True, False),
    ("pkg/test/data/a.json", False, False),
    ("pkg/test/x/fixtures/a.json", False, False),
    # autotools, single tools
    ("sub/configure", True, False),
    ("sub/configure.ac", False, False),
    ("config.guess", True, False),
    ("tools/cpplint.py.orig", True, False),
    ("tools/mycpplint.py", False, False),
    ("m4/lt~obsolete.m4", True, False),
    (".indent.pro", True, False),
    # wrappers, project scripts
    ("ci/Jenkinsfile", True, False),
    ("ci/Jenkinsfile.groovy", False, False),
    ("app/gradlew", True, True),
    ("app/gradlew.bat", True, True),
    ("app/Gradlew", False, False),
    ("app/mvnw", True, True),
    ("app/gradle/wrapper/a.jar", True, True),
    ("app/.mvn/wrapper/a.jar", True, True),
    ("app/gradle/a.jar", False, False),
    ("activator.bat", True, False),
    ("waf", True, False),
    ("fabfile.py", True, False),
    (".google_apis/a.jar", True, False),
    ("puphpet/a.pp", True, False),
    ("run.n", True, False),
    # settings
    (".github/dependabot.yml", True, False),
    (".gitlab-ci.yml", False, False),
    ("a/.gitattributes", True, False),
    ("a/.dS_store", True, False),
    ("a/.DS_STORE", False, False),
    (".sublime-project.x", True, False),
    ("app.sublime-project", False, False),
    (".teamcity/a.kts", True, False),
    # Apple
    ("ios/Pic.imageset/1.json", True, False),
    ("ios/My.xctemplate/a.h", True, False),
    ("ios/Pic.appiconset/1.json", False, False),
    ("Sparkle/a.h", True, False),
    ("RealmSwift.frameworks/a.h", True, False),
    # suffixes
    ("types/cart.d.ts", True, False),
    ("types/cart.d.mts", False, False),
    ("ui/reimport.css", True, False),
    ("ui/import.styl", True, False),
    ("ui/cart.min.js", True, True),
    ("ui/cart-min.css", True, True),
    ("ui/cartmin.css", False, False),
    ("ui/cart.min.mjs", False, False),
    ("ui/cart.min.txt", False, False),
    ("ui/a-vsdoc.js", True, False),
    ("ui/a.intellisense.js", True, False),
    # docs themes
    ("a/docs/static/a.css", True, False),
    ("a/doc/_build/a.css", True, False),
    ("docs/source/_static/a.css", False, False),
    ("docs/statics/a.css", False, False),
    # CSS by name
    ("ui/animate.scss", True, False),
    ("ui/animate.sass", False, False),
    ("ui/bulma.sass", True, False),
    ("ui/bulma.less", False, False),
    ("ui/octicons.css.map", True, False),
    ("ui/fontello-ie7.css", True, False),
    ("ui/fontello.scss", False, False),
    # libraries by folder
    ("ui/CodeMirror/modes.js", True, False),
    ("ui/codemirror/5.0/lib/a.txt", True, False),
    ("ui/CodeMirror/src/a.js", False, False),
    ("ui/CODEMIRROR/mode/a.js", False, False),
    ("bourbon/a.scss", True, False),
    ("bourbon/a.sass", False, False),
    ("select2/a.css", True, False),
    ("select2/a.less", False, False),
    ("MathJax/a", True, False),
    ("tiny_mce/plugins2/a.txt", True, False),
    ("extjs/a.properties", True, False),
    ("extjs/src/a.md", True, False),
    ("extjs/a.md", False, False),
    ("extjs/x/src/a.md", False, False),
    # Bootstrap
    ("ui/bootstrap-5.1/a/b.css", True, False),
    ("bootstrap.js", True, False),
    ("ui/bootstrap/a/b.css", False, False),
    ("ui/bootstrap.styles", False, False),
    ("ui/custom.bootstrap-a.b.css", True, False),
    ("ui/custom.bootstrap-xjs", True, False),
    ("ui/custom.bootstrap a.css", False, False),
    # jQuery
    ("ui/jquery-kit/src/menu.js", True, False),
    ("ui/jquery.menu.js", False, False),
    ("ui/jquery.js", True, False),
    ("ui/jquery-1.10.1.js", True, True),
    ("ui/jquery-10.1.js", False, False),
    ("ui/jquery-ui-1.8.22.custom.css", True, True),
    ("ui/jquery-ui.css", True, False),
    ("ui/jquery-ui-x.y.css", False, False),
    ("ui/jquery.ui.accordion.css", True, False),
    ("ui/jquery.effects.blind.js", True, False),
    ("ui/jquery.fileupload-ui.js", True, False),
    ("ui/jquery.validate.unobtrusive.js", True, False),
    ("ui/jquery.x.validate.js", False, False),
    ("ui/jquery.unobtrusive-ajax.js", True, False),
    ("ui/jquery.dataTables.js.x", True, False),
    # JS by prefix
    ("ui/react-app/main.js", True, False),
    ("ui/react.js", True, False),
    ("ui/react/main.js", False, False),
    ("prototypes/v1.2/a.js", True, False),
    ("ui/angular/cart.service.js", False, False),
    ("ui/angular/cart.js", True, False),
    ("ui/foundation.abide.js", True, False),
    ("ui/foundations.js", False, False),
    ("ui/d3.v3.js", True, False),
    ("ui/d3.vx.js", False, False),
    ("ui/d3x/a.js", True, False),
    # JS by version
    ("ui/knockout-3.5.1.debug.js", True, True),
    ("ui/knockout-3.5.js", False, False),
    ("ui/modernizr-2.7.1.js", True, True),
    ("ui/modernizr.custom.01009.js", True, True),
    ("ui/cordova-2.1.0.js", True, True),
    ("ui/cordova.js", True, False),
    ("ui/mootools-core-1.3.2-full.js", True, True),
    ("ui/mootools/a1.3.2.js", True, False),
    ("ui/mootools-core-1.3.2.full.js", False, False),
    ("ui/mootools-core-1.js", False, False),
    ("ui/Leaflet.Coordinates-0.5.0.src.js", True, True),
    # JS by name
    ("game/effects.js", True, False),
    ("game/effects.ts", False, False),
    ("ui/microsoftMvcajax.debug.js", True, False),
    ("ui/MicrosoftMvc.js", False, False),
    ("ui/slick.grid.js", True, False),
    ("ui/slick.grid/js", True, False),
    ("ui/slick.a.b.js", False, False),
    ("ui/pdf.worker.js.gz", True, False),
    # no anchor is a line's
    ("a\nrebar", False, False),
    ("rebar\n", False, False),
    ("ui/cart.min.js\n", False, False),
]


@pytest.mark.parametrize(("path", "flagged", "third_party"), ROWS, ids=[ascii(row[0]) for row in ROWS])
def test_row(path: str, flagged: bool, third_party: bool) -> None:  # noqa: FBT001 - columns of a table
    found = without_content(path)
    assert (found.vendored, found.file_class is FileClass.VENDORED) == (flagged, third_party)


REASONS = [
    ("vendor/a.json", "vendored: dependency tree, vendor/"),
    ("lib/third-party/a.json", "vendored: third-party tree"),
    ("node_modules/a.json", "vendored: dependency tree, node_modules/; generated to linguist: node_modules/"),
    (".github/x.yaml", "source; vendored to linguist: settings, .github/"),
    ("ui/cart.min.js", "vendored: minified library, .min.js"),
    ("app/gradlew", "vendored: Gradle wrapper; generated to linguist: Gradle wrapper"),
    ("tools/cpplint.py.orig", "source; vendored to linguist: segment cpplint.py"),
    ("src/my3rdparty/a.txt", "source; vendored to linguist: third party"),
]


@pytest.mark.parametrize(("path", "reason"), REASONS)
def test_reason_names_the_row(path: str, reason: str) -> None:
    found = without_content(path)
    assert found.reason == reason
