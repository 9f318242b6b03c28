"""DoneCast: from a raw spoken recording to a published podcast episode."""
