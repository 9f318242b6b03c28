"""A small world in one process, in which everything that can break does: the shipped code, real files, seeded chance.

In: a seed. Out: the trace of what happened, how often each kind of crash and fault came, and what is wrong afterwards.
Owns the people, the processes that die, the clock, the durable engine's memory. Never the line, the rows, the bytes or
the money: those are the product's own.

    fate.py            chance: at each boundary nothing, a fault, a crash, or somebody else's turn
    mortal.py          the product's adapters, which pass by fate, and die with their process
    durable_memory.py  what the durable engine remembers over crashes
    known_sounds.py    what the engine made of a sound once, it is not asked to make again
    vendors.py         an ear and a voice that are slow, wrong or gone
    installation.py    what every seed begins with
    people.py          what people want, and what they were told
    world.py           houses (processes), and whose turn it is
    onlookers.py       what a user would see meanwhile
    planted.py         bugs of a product that is not ours, which must be found
    waits.py           who waits, be it a thread or for a lock, waits in the world's time
    judge.py           what must be so in the end
    seeds.py           one seed from its beginning to its judgement
"""
