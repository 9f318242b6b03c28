"""Alembic's entry: every table of the product, and none of the durable engine's."""

import importlib
import pkgutil

from alembic import context

import donecast
from donecast.platform.database import Base, Instant

for module in pkgutil.walk_packages(donecast.__path__, "donecast."):
    if module.name.endswith(".models"):
        importlib.import_module(module.name)

_OURS = set(Base.metadata.tables)


def _include_name(name, kind, _parents):
    return kind != "table" or name in _OURS


def _render_item(kind, item, _context):
    # Revisions stand on their own: they say the plain column type, not our Python class.
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Instant) else False


def run() -> None:
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        include_name=_include_name,
        render_item=_render_item,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
