"""The declarative root and the column types that both databases share."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, Date, Integer, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase, mapped_column

from hotline.db import UTCDateTime

Big = BigInteger().with_variant(Integer, "sqlite")
"""64-bit everywhere; SQLite numbers rows by itself only in a column that it calls INTEGER."""

Key = Annotated[int, mapped_column(Big, primary_key=True)]
Code = Annotated[str, mapped_column(String(64))]


class Model(DeclarativeBase):
    """All tables; constraint names are fixed, so that each migration can be undone."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy reads it off the class
        datetime: UTCDateTime(),
        date: Date(),
        int: Big,
        str: Text(),
        dict[str, Any]: JSON(none_as_null=True),
        list[Any]: JSON(),
    }
