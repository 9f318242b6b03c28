"""Pages for listeners: the landing page, a show, an episode; rendered here, working without JavaScript.

In: a show and its live episodes as frozen values. Out: HTML, captions and chapters for anyone.
Owns: templates, the style sheet, the player. Never: an episode that is not live, a cookie, a request to another site.
"""
