"""`python -m ganlab_core` is the `ganlab` command, and this the module of the console script."""

from ganlab_core.system.own_python import forget_working_folder

if __name__ == "__main__":
    forget_working_folder()  # before anything else is imported, since it may be a stranger's

from ganlab_core.system.signals import leave_quietly
from ganlab_core.verbs.ending import stated_ending


def main() -> None:
    """Call the command line; a signal finds its ending while that is still being imported."""
    try:
        with stated_ending():
            from ganlab_core.verbs.main import main as call

            call()
    finally:
        leave_quietly()


if __name__ == "__main__":
    main()
