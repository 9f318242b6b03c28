"""Speech to text and text to speech behind protocols: on this machine, or by a vendor where the settings say so.

Comes in: a speech feed (16 kHz mono s16 WAV, made by engine) or a text. Goes out: words with times, pauses, a WAV.
Owns: what recognisers and voices need to know about phones, pauses and markers; what a vendor's interface means; that a
vendor's job is made once. Never: a row, a person, a choice between vendors.
"""
