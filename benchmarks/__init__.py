"""How fast and how lean, each as a command that makes its own inputs and prints a table; `./dev bench` lists them.

Modules whose name begins with an underscore are what the others share.
"""
