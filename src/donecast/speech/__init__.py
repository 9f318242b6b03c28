"""Speech to text and text to speech on this machine, behind two protocols.

Comes in: a speech feed (16 kHz mono s16 WAV, made by engine) or a text. Goes out: words with times, pauses, a WAV.
Owns: what recognisers and voices need to know about phones, pauses and markers. Never: a row, a user, a network.
"""
