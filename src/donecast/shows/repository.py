"""The only queries of shows."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from donecast.shows.models import HouseSoundRow, ShowRow, TemplateRow


def show_of(session: Session, account_id: str, show_id: str) -> ShowRow | None:
    """The person's own show, or None."""
    return session.scalar(select(ShowRow).where(ShowRow.id == show_id, ShowRow.account_id == account_id))


def locked_show_of(session: Session, account_id: str, show_id: str) -> ShowRow | None:
    """The person's own show as it is now, or None; others who would change it wait until we have saved."""
    query = select(ShowRow).where(ShowRow.id == show_id, ShowRow.account_id == account_id)
    return session.scalar(query.with_for_update().execution_options(populate_existing=True))


def shows_of(session: Session, account_id: str) -> list[ShowRow]:
    """All shows of a person, oldest first."""
    return list(session.scalars(select(ShowRow).where(ShowRow.account_id == account_id).order_by(ShowRow.id)))


def show_by_id(session: Session, show_id: str) -> ShowRow | None:
    """The show, whoever owns it, or None."""
    return session.get(ShowRow, show_id)


def show_by_slug(session: Session, slug: str) -> ShowRow | None:
    """The show at this address, or None."""
    return session.scalar(select(ShowRow).where(ShowRow.slug == slug))


def shows_all(session: Session) -> list[ShowRow]:
    """Every show, oldest first."""
    return list(session.scalars(select(ShowRow).order_by(ShowRow.id)))


def slug_taken(session: Session, slug: str) -> bool:
    """Whether a show has this name in its address."""
    return session.scalar(select(ShowRow.id).where(ShowRow.slug == slug)) is not None


def template_of(session: Session, account_id: str, template_id: str) -> TemplateRow | None:
    """The person's own template, or None."""
    return session.scalar(
        select(TemplateRow).where(TemplateRow.id == template_id, TemplateRow.account_id == account_id)
    )


def templates_of(session: Session, account_id: str, show_id: str) -> list[TemplateRow]:
    """The templates of a person's show in their order; the first is the default."""
    query = select(TemplateRow).where(TemplateRow.show_id == show_id, TemplateRow.account_id == account_id)
    return list(session.scalars(query.order_by(TemplateRow.position, TemplateRow.id)))


def all_templates_of(session: Session, account_id: str) -> list[TemplateRow]:
    """The templates of all of a person's shows."""
    return list(session.scalars(select(TemplateRow).where(TemplateRow.account_id == account_id)))


def house_sound(session: Session, asset: str) -> HouseSoundRow | None:
    """The sound made earlier, or None."""
    return session.get(HouseSoundRow, asset)
