"""`python -m crmspec` is `crmspec`."""

from crmspec.cli import main

if __name__ == "__main__":
    main()
