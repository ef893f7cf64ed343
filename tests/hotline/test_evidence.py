"""Evidence: a file is what its content is, is kept sealed under a name of ours, and is handed in once."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping

import pytest
from sqlalchemy import select

from hotline import db, desk, vault
from hotline.desk.evidence import LONGEST_NAME, MOST_FILES, attach, clean_name, drop_unused, opened, type_of
from hotline.errors import Forbidden, NotFound, OutOfOrder
from hotline.files import file_of, files_of
from hotline.intake.inquiry import InvalidInput
from hotline.lifecycle import Action
from hotline.models import Attachment, Ticket
from hotline.rights import Actor
from tests.hotline.city import AGENT, DISPATCHER, TRANSPORT, WATER, WUDANG, House

PDF = b"%PDF-1.7\n%%EOF\n"
MANAGER = Actor("staff:9009", "管理者", frozenset({"manager"}))


def archive(parts: Mapping[str, bytes]) -> bytes:
    """A zip file of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return out.getvalue()


OFFICE = {"[Content_Types].xml": b"<Types/>"}
DOCX = archive({**OFFICE, "word/document.xml": b"<w/>"})

KINDS = {
    "pdf": PDF,
    "jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "gif": b"GIF89a\x01\x00",
    "webp": b"RIFF\x24\x00\x00\x00WEBPVP8 ",
    "docx": DOCX,
    "xlsx": archive({**OFFICE, "xl/workbook.xml": b"<x/>"}),
    "txt": "现场情况：已围挡。\r\n".encode(),
}


@pytest.mark.parametrize(("kind", "content"), KINDS.items())
def test_a_file_is_known_by_its_content(kind: str, content: bytes) -> None:
    assert type_of(content) == kind


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MZ\x90\x00\x03",
        b"\x7fELF\x02\x01",
        " 现场".encode("gb18030"),
        b"text with a \x00 in it",
        b"\x1b[2Jtext with an escape",
        archive({"evil.sh": b"rm"}),
        archive(OFFICE),
        archive({**OFFICE, "word/document.xml": b"<w/>", "word/vbaProject.bin": b"macro"}),
        b"PK\x03\x04 and no archive",
        DOCX[:-10],
        b"RIFF\x24\x00\x00\x00AVI LIST",
        b"<" + b"\xff" * 20,
    ],
)
def test_whatever_else_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(InvalidInput) as wrong:
        type_of(content)
    assert wrong.value.field == "file"
    assert ("文件是空的" if not content else "只收 PDF") in wrong.value.message["zh"]


def test_a_file_of_the_largest_size_is_taken_and_one_byte_more_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_ATTACHMENT_BYTES", "2048")
    db.forget()
    assert type_of(b"x" * 2048) == "txt"
    with pytest.raises(InvalidInput, match="2 KB"):
        type_of(b"x" * 2049)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("证明.pdf", "证明.pdf"),
        ("协议.exe", "协议.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\tmp\\现场 照片.JPG", "现场 照片.pdf"),
        ("", "附件.pdf"),
        ("...", "附件.pdf"),
        (".htaccess", "htaccess.pdf"),
        ('a"b;c<d>.pdf', "a_b_c_d_.pdf"),
        ("行一\r\nSet-Cookie: x", "行一 Set-Cookie_ x.pdf"),
        ("fdp.\u202eexe", "fdp.pdf"),
        ("\ud800", "附件.pdf"),
    ],
)
def test_the_name_is_ours(given: str, kept: str) -> None:
    assert clean_name(given, "pdf") == kept


def test_a_name_is_at_most_a_hundred_characters_with_its_extension() -> None:
    long = clean_name("长" * 500 + ".docx", "docx")
    assert len(long) == LONGEST_NAME
    assert long.endswith("长.docx")


def given(house: House, ticket: Ticket, by: Actor, content: bytes = PDF, name: str = "证明.pdf") -> int:
    """The id of a file that was uploaded."""
    with house.transaction() as session:
        return attach(session, ticket.number, by, name, content).id


def readable(house: House, ticket: Ticket, by: Actor) -> list[int]:
    """The ids of the files that somebody may read."""
    with house.transaction() as session:
        return [row.id for row in files_of(session, ticket, by)]


def test_the_content_is_sealed_at_rest_and_opens_to_what_was_sent(house: House) -> None:
    ticket = house.accepted()
    handler = house.handler(WUDANG)
    file_id = given(house, ticket, handler)
    with house.transaction() as session:
        row = file_of(session, ticket, file_id, handler)
        assert opened(row) == PDF
        assert PDF[:8] not in row.content
        assert (row.digest, row.size) == (hashlib.sha256(PDF).hexdigest(), len(PDF))
        assert (row.unit, row.event_seq) == (WUDANG, None)
        row.digest = "0" * 64
        with pytest.raises(vault.WrongKey):
            opened(row)
        session.rollback()


def test_an_upload_is_no_event_and_the_act_names_its_digest(house: House) -> None:
    ticket = house.accepted()
    before = len(house.events(ticket))
    handler = house.handler(WUDANG)
    file_id = given(house, ticket, handler)
    assert len(house.events(ticket)) == before
    house.act(ticket, "suspend", handler, days=5, text="等管线迁改", evidence=[file_id])
    event = house.events(ticket)[-1]
    assert event.data["evidence"] == [hashlib.sha256(PDF).hexdigest()]
    with house.transaction() as session:
        row = session.scalars(select(Attachment)).one()
        assert row.event_seq == event.seq


def test_a_file_is_handed_in_once_and_only_by_those_it_belongs_to(house: House) -> None:
    ticket, other = house.accepted(), house.accepted()
    handler = house.handler(WUDANG)
    mine, elsewhere = given(house, ticket, handler), given(house, other, handler)
    fields = {"days": 5, "text": "等管线迁改"}
    for wrong in ([elsewhere], [mine, elsewhere], [999], [-1]):
        with pytest.raises(InvalidInput, match="附件不存在"):
            house.act(ticket, "suspend", handler, **fields, evidence=wrong)
    house.act(ticket, "suspend", handler, **fields, evidence=[mine])
    house.act(ticket, "decide_suspension", DISPATCHER, approved=False)
    with pytest.raises(InvalidInput, match="已经用过"):
        house.act(ticket, "suspend", handler, **fields, evidence=[mine])


def test_only_whoever_sees_the_ticket_and_may_attach_uploads(house: House) -> None:
    ticket = house.accepted()
    for stranger in (house.handler(TRANSPORT), Actor("staff:1", "来件", frozenset({"intake"}))):
        with pytest.raises(NotFound):
            given(house, ticket, stranger)
    with pytest.raises(Forbidden, match="不能上传附件"):
        given(house, ticket, MANAGER)


def test_a_ticket_takes_so_many_files_and_no_more(house: House) -> None:
    ticket = house.accepted()
    for number in range(MOST_FILES):
        given(house, ticket, AGENT, b"file %d" % number)
    with pytest.raises(OutOfOrder, match="最多 20 个附件"):
        given(house, ticket, AGENT)


def test_a_units_file_is_read_by_the_hotline_and_itself_and_by_no_other_unit(house: House) -> None:
    ticket = house.act(house.dispatched(WUDANG, assisting=[WATER]), "accept")
    lead, helper = house.handler(WUDANG), house.handler(WATER)
    of_lead, of_hotline = given(house, ticket, lead), given(house, ticket, AGENT, b"from the caller")
    assert readable(house, ticket, lead) == readable(house, ticket, AGENT) == [of_lead, of_hotline]
    assert readable(house, ticket, MANAGER) == [of_lead, of_hotline]
    assert readable(house, ticket, helper) == [of_hotline]
    with house.transaction() as session, pytest.raises(NotFound):
        file_of(session, ticket, of_lead, helper)
    with house.transaction() as session, pytest.raises(NotFound):
        file_of(session, ticket, 2**70, lead)


def test_what_the_hotline_has_of_a_hidden_citizen_is_not_for_units_and_managers(house: House) -> None:
    ticket = house.act(house.open(confidential=True), "dispatch", unit=WUDANG)
    photo = given(house, ticket, AGENT, b"a photograph that shows the window it was taken from")
    assert readable(house, ticket, AGENT) == [photo]
    assert readable(house, ticket, house.handler(WUDANG)) == readable(house, ticket, MANAGER) == []


def test_a_file_of_an_act_that_fails_is_not_kept(house: House) -> None:
    ticket = house.accepted()
    with pytest.raises(InvalidInput, match="您填了 999"):
        attach_and_suspend(house, ticket)
    assert readable(house, ticket, AGENT) == []


def attach_and_suspend(house: House, ticket: Ticket) -> None:
    """Upload and ask for far too much, in one transaction."""
    handler = house.handler(WUDANG)
    with house.transaction() as session:
        row = attach(session, ticket.number, handler, "a.pdf", PDF)
        fields = {"days": 999, "text": "等", "evidence": [row.id]}
        desk.perform(session, ticket.number, handler, Action.SUSPEND, fields)


def test_an_upload_that_no_act_uses_for_a_day_is_taken_out_and_what_was_handed_in_stays(house: House) -> None:
    ticket = house.accepted()
    handed = given(house, ticket, house.handler(WUDANG))
    house.act(ticket, "suspend", by=house.handler(WUDANG), days=3, text="等批复", evidence=[handed])
    given(house, ticket, house.handler(WUDANG), b"%PDF-1.4 another")
    house.wait(hours=20)
    fresh = given(house, ticket, house.handler(WUDANG), b"%PDF-1.4 a third")
    house.wait(hours=5)
    with house.transaction() as session:
        assert drop_unused(session) == 1
    assert readable(house, ticket, AGENT) == [handed, fresh]
