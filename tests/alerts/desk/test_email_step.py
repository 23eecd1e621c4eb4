from __future__ import annotations

from pathlib import Path

import pytest

from alerts.broker import TlsSettings
from alerts.desk.ports import StepFailed
from alerts.desk.steps.email import EmailStep, MailServer
from alerts.desk.steps.letter import letter
from alerts.errors import UserError
from tests.support.certificates import Authority
from tests.support.pages import a_page
from tests.support.smtp_sink import SmtpSink

ME, FLOOR, BOSS = "Floorwatch <desk@here.example>", "floor@here.example", "boss@here.example"
JPEG = b"\xff\xd8\xff\xe0 not much of a picture"


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> TlsSettings:
    authority = Authority.make(tmp_path_factory.mktemp("ca"))
    return authority.issue("mail", "IP:127.0.0.1")


def failed(step: EmailStep) -> StepFailed:
    with pytest.raises(StepFailed) as told:
        step.send(a_page())
    return told.value


def test_a_letter_says_what_happened_in_words_and_as_a_page(tmp_path: Path) -> None:
    picture = tmp_path / "snapshot.jpg"
    picture.write_bytes(JPEG)
    page = a_page(subject="Sturz <Süd>", camera="Süd")
    with SmtpSink() as sink:
        EmailStep(sink.server(), ME, [FLOOR], lambda _: picture).send(page)
    (posted,) = sink.taken
    made = posted.letter
    assert made["Subject"] == "Sturz <Süd>"
    assert made["From"] == ME
    assert made["To"] == FLOOR
    assert made["Message-ID"] == f"<{page.page_id}@site>"
    assert made["Auto-Submitted"] == "auto-generated"
    assert made["X-Floorwatch-Repeat"] is None
    plain, page_of_it = made.get_body(("plain",)), made.get_body(("html",))
    assert plain is not None
    assert page_of_it is not None
    words, html = plain.get_content(), page_of_it.get_content()
    assert "does not get up.\r\nScore 0.87." in words
    assert f"Answer: {page.link}" in words
    assert "Sturz &lt;Süd&gt;" in html
    assert f'href="{page.link}"' in html
    assert "cid:snapshot" in html
    shown = [one for one in made.walk() if one.get_content_type() == "image/jpeg"]
    assert [(one.get_content(), one["Content-ID"]) for one in shown] == [(JPEG, "<snapshot>")]
    assert shown[0].get_content_disposition() == "inline"


def test_words_that_say_where_to_answer_say_it_once() -> None:
    link = "https://desk.example/answer/1"
    page = a_page(text=f"A person has collapsed.\nAnswer: {link}", link=link)
    with SmtpSink() as sink:
        EmailStep(sink.server(), ME, [FLOOR], lambda _: None).send(page)
    (posted,) = sink.taken
    plain = posted.letter.get_body(("plain",))
    assert plain is not None
    assert plain.get_content().count(link) == 1


def test_all_of_one_incident_is_one_thread_and_a_repeat_is_the_same_letter_marked() -> None:
    first, again, next_ = (letter(page, ME, [FLOOR]) for page in
                           (a_page(1), a_page(1, repeat=True), a_page(2)))  # fmt: skip
    assert first["References"] == next_["References"] == first["In-Reply-To"]
    assert first["References"] not in (first["Message-ID"], next_["Message-ID"])
    assert first["Message-ID"] == again["Message-ID"] != next_["Message-ID"]
    assert again["X-Floorwatch-Repeat"] == "true"
    assert "may have been sent before" in str(again.get_body(("plain",)))
    other = letter(a_page(1, event_id="20261120T174512345Z-0000000000"), ME, [FLOOR])
    assert other["References"] != first["References"]


def test_nothing_that_is_called_oddly_adds_a_header() -> None:
    evil = "x\r\nBcc: thief@there.example\r\n\r\nhello"
    page = a_page(subject=evil, page_id=evil, event_id=evil, site=evil, text=evil, link=evil)
    made = letter(page, ME, [FLOOR], b"GIF89a")
    head = made.as_bytes().partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert not [line for line in head if line.lower().startswith((b"bcc", b"hello"))]
    assert made["Subject"] == "x Bcc: thief@there.example hello"
    assert len(head) == len(
        letter(a_page(), ME, [FLOOR]).as_bytes().split(b"\r\n\r\n")[0].split(b"\r\n")
    )
    assert "image/" not in made.as_string()  # what is no JPEG is no picture
    assert "href" not in str(made.get_body(("html",)))


def test_long_names_leave_the_headers_whole() -> None:
    page = a_page(page_id="p" * 120, site="s" * 64, subject="ü" * 200)
    with SmtpSink() as sink:
        EmailStep(sink.server(), ME, [FLOOR]).send(page)
    made = sink.taken[0].letter
    assert made["Message-ID"] == f"<{'p' * 120}@{'s' * 64}>"
    assert made["Subject"] == "ü" * 200
    assert max(map(len, sink.taken[0].raw.split(b"\r\n"))) <= 998  # RFC 5322, section 2.1.1


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_over_tls_and_logged_in(tls: TlsSettings, security: str) -> None:
    with SmtpSink(security, tls, login=("me", "hunter2")) as sink:  # type: ignore[arg-type] # a word
        server = sink.server(username="me", password="hunter2")
        EmailStep(server, ME, [FLOOR]).send(a_page())
        stranger = sink.server(username="me", password="hunter3")
        told = failed(EmailStep(stranger, ME, [FLOOR]))
    assert len(sink.taken) == 1
    assert "535" in str(told)
    assert not told.retry  # tried again and again, a wrong password locks the account
    assert "hunter" not in f"{told} {server!r}"


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_whose_certificate_nobody_vouches_for_gets_no_letter(
    tls: TlsSettings, security: str
) -> None:
    with SmtpSink(security, tls) as sink:  # type: ignore[arg-type] # a word
        told = failed(EmailStep(sink.server(tls=None), ME, [FLOOR]))
    assert "CERTIFICATE_VERIFY_FAILED" in str(told)
    assert told.retry
    assert not told.perhaps_told
    assert sink.taken == sink.seen == []


def test_a_server_without_starttls_gets_no_letter() -> None:
    with SmtpSink() as sink:
        told = failed(EmailStep(sink.server(security="starttls"), ME, [FLOOR]))
    assert not told.retry
    assert "STARTTLS" in str(told)
    assert sink.taken == []


@pytest.mark.parametrize(
    ("answer", "retry"),
    [("451 4.7.1 greylisted", True), ("452 full", True), ("550 who?", False), ("554 no", False)],
)
def test_four_hundred_is_later_and_five_hundred_never(answer: str, retry: bool) -> None:
    with SmtpSink(answer=answer) as sink:
        told = failed(EmailStep(sink.server(), ME, [FLOOR]))
        assert (told.retry, told.perhaps_told) == (retry, False)
    with SmtpSink(refusals={FLOOR: answer}) as sink:
        told = failed(EmailStep(sink.server(), ME, [FLOOR]))
        assert (told.retry, told.perhaps_told) == (retry, False)
    assert answer.partition(" ")[2] in str(told)
    assert sink.taken == []


def test_who_was_told_is_not_told_again_with_those_who_were_greylisted() -> None:
    with SmtpSink(refusals={BOSS: "451 4.7.1 greylisted"}) as sink:
        step = EmailStep(sink.server(), ME, [FLOOR, BOSS])
        told = failed(step)
        assert told.retry
        assert told.perhaps_told
        sink.refusals.clear()
        step.send(a_page())
    assert [one.to for one in sink.taken] == [(FLOOR,), (BOSS,)]


def test_one_wrong_address_does_not_keep_the_others_from_being_told() -> None:
    with SmtpSink(refusals={BOSS: "550 no such user"}) as sink:
        EmailStep(sink.server(), ME, [BOSS, FLOOR]).send(a_page())
    assert [one.to for one in sink.taken] == [(FLOOR,)]


def test_cut_after_the_letter_nobody_knows() -> None:
    with SmtpSink(manner="cut") as sink:
        told = failed(EmailStep(sink.server(), ME, [FLOOR]))
    assert told.retry
    assert told.perhaps_told
    assert len(sink.seen) == 1


def test_nobody_there_took_nothing() -> None:
    with SmtpSink() as sink:
        server = sink.server()
    told = failed(EmailStep(server, ME, [FLOOR]))
    assert told.retry
    assert not told.perhaps_told


def test_a_picture_that_is_gone_or_too_large_does_not_keep_the_letter(tmp_path: Path) -> None:
    large = tmp_path / "large.jpg"
    large.write_bytes(JPEG + bytes(5 * 2**20))
    with SmtpSink() as sink:
        for path in (tmp_path / "gone.jpg", large, tmp_path):
            EmailStep(sink.server(), ME, [FLOOR], lambda _, path=path: path).send(a_page())  # type: ignore[misc] # a default binds it
    assert len(sink.taken) == 3
    assert all(b"image/jpeg" not in one.raw for one in sink.taken)


@pytest.mark.parametrize(
    "address",
    ["", "floor", "a@b@c", "a b@c", "x\r\nBcc: y@z.example", "ü@here.example", "<>", "a@"],
)
def test_what_is_no_address_is_told_at_the_start(address: str) -> None:
    with pytest.raises(UserError, match="no e-mail address"):
        EmailStep(MailServer("mail.example"), ME, [address])
    with pytest.raises(UserError, match="no e-mail address"):
        EmailStep(MailServer("mail.example"), address, [FLOOR])


@pytest.mark.parametrize("host", ["mail..example", f"{'x' * 64}.example"])
def test_a_server_that_cannot_be_looked_up_is_told_at_the_start(host: str) -> None:
    with pytest.raises(UserError, match="no name of a host"):
        EmailStep(MailServer(host), ME, [FLOOR])


def test_a_password_is_never_sent_in_plain_over_a_network() -> None:
    with pytest.raises(UserError, match="without TLS"):
        EmailStep(MailServer("mail.example", "none", username="me", password="x"), ME, [FLOOR])
