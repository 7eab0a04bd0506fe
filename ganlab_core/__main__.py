"""`python -m ganlab_core` is the `ganlab` command, for where that is not on the path."""

from ganlab_core.system.own_python import forget_working_folder

if __name__ == "__main__":
    forget_working_folder()

    from ganlab_core.verbs.main import main

    main()
