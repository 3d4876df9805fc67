"""`python -m paddock`, for those whose PATH lacks the script."""

from paddock.cli import main

if __name__ == "__main__":
    main()
