"""The web app alone, without a worker, as a process of its own: ``python -m tests.support.library_server PORT``.

Settings come from the environment; the tables must be there already.
"""

import sys

import uvicorn

from donecast.entry.http import create_app
from donecast.entry.wiring import lay_ground
from donecast.platform.settings import load_settings

if __name__ == "__main__":
    uvicorn.run(create_app(lay_ground(load_settings())), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
