"""What the product promises, each promise as a program that measures it.

A proof is a module ``l5_kill_and_resume.py``: its docstring's first line says what it shows, ``DURATION`` how long it
takes, and ``main(arguments)`` returns the exit code after printing its figure as the last line, ``L5: ...``.
"""
