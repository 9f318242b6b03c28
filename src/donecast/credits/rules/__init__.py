"""Pure rules of credits, a file for each thought. They know no clock, no row, and no other room.

work -> Line (`pricing`, by a card of `rates`) -> entries between pots (`entries`, chained by `chain`), funded by
grants in their order (`grants`); what falls due by itself is in `settling`, months in `periods`, texts in `wording`.
"""
