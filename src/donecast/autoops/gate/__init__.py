"""The patch gate: what a model proposes is tried in a throw-away checkout, stage by stage, until one says no.

In: a proposal and a repository. Out: a `Validation`, each stage with what it said. Owns: nothing that outlives it.
Never: a change to the repository, its index, its refs or its configuration; a line of its code outside the jail.
"""
