"""Speech to text and text to speech on this machine, behind two protocols."""
