"""Who may sign: what is taken means the same to `ssh-keygen`, and every complaint names its line."""

import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ledger.forging import (
    HOST,
    NAMESPACE,
    WHO,
    new_key,
    new_p256,
    sk_ecdsa,
    stock_signed,
    stock_takes,
)
from tests.ledger.forging import line as plain_line
from trl4ml.core import review
from trl4ml.ledger import public, signers
from trl4ml.ledger.errors import Refused
from trl4ml.ledger.signers import Signer, line, parsed

FILE = "allowed_signers"
OUR = f'namespaces="{NAMESPACE}"'
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKvqHCD6IEXrnqiFgE+Jh8W+YTQhl7FX+kK7zRtNYJQb"
OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICp3bV+dYl2KQ8q4TRJ5rnn5GhU1wLyVz2yXfPSIgMwR"
LETTERS = KEY.split()[1]
PASSKEY = plain_line(sk_ecdsa(new_p256(), HOST)).split(" ", 2)[2].strip()


def complaints(text: str) -> list[str]:
    with pytest.raises(Refused) as why:
        parsed(text, FILE)
    return str(why.value).split("\n")


def test_a_line_is_read_whole() -> None:
    text = (
        "# who may sign\n\n"
        f'{WHO} namespaces="{NAMESPACE},git",valid-after="20260101Z",'
        f'valid-before="20271231235959Z" {KEY} the laptop  of Carol # two\n'
        f"\t dave@example.org \t {OUR}\t{PASSKEY}\r\n"
    )
    carol, dave = parsed(text, FILE)
    assert carol == Signer(
        WHO,
        public.from_words(*KEY.split()),
        "ssh-ed25519",
        (NAMESPACE, "git"),
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2027, 12, 31, 23, 59, 59, tzinfo=UTC),
        3,
        "the laptop  of Carol # two",
    )
    assert (dave.principal, dave.kind, dave.line) == ("dave@example.org", public.SK_ECDSA, 4)
    assert (dave.namespaces, dave.valid_after, dave.comment) == ((NAMESPACE,), None, "")


@pytest.mark.parametrize("text", ["", "\n\n", "# nobody yet\n", "\r\n"])
def test_a_file_may_name_nobody(text: str) -> None:
    assert parsed(text, FILE) == ()


def test_one_person_may_have_several_keys() -> None:
    found = parsed(f"{WHO} {OUR} {KEY}\n{WHO} {OUR} {OTHER}", FILE)
    assert [one.principal for one in found] == [WHO, WHO]


EVERYTHING = f"no namespaces, so the key may sign for everything; write {OUR}"
WRITTEN = 'options are written as in namespaces="signoff@trl4ml",valid-before="20271231Z"'
NAMES = f'namespaces are plain names with commas between, as in namespaces="{NAMESPACE},git"'
NO_KEY = "no key; write its kind and its letters, as in its file in .pub"
KNOWN = "is not known; use namespaces, valid-after, valid-before"
MANY = "stands for many people; name one person"
ASCII = "a letter that is not plain ASCII; write the line without it"
NOBODY = "is no name of a person, as carol@example.org is"
SEVERAL = "names several people; write one line for each, with its own key"
DATE = '{0} is a date in UTC, as in {0}="20271231Z" or {0}="20271231180000Z"'
AFTER, BEFORE = DATE.format("valid-after"), DATE.format("valid-before")
UNKNOWN = "the key is of the kind '{}', which is not taken; make one of ssh-ed25519"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"{WHO} {KEY}", EVERYTHING),
        (f"{WHO} {KEY} {OUR}", EVERYTHING),
        (f'{WHO} valid-before="20271231Z" {KEY}', EVERYTHING),
        (f'{WHO} namespaces="" {KEY}', NAMES),
        (f'{WHO} namespaces="*" {KEY}', NAMES),
        (f'{WHO} namespaces="signoff@*" {KEY}', NAMES),
        (f'{WHO} namespaces="signoff@trl4m?" {KEY}', NAMES),
        (f'{WHO} namespaces="!git,signoff@trl4ml" {KEY}', NAMES),
        (f'{WHO} namespaces="signoff@trl4ml," {KEY}', NAMES),
        (f"{WHO} namespaces={NAMESPACE} {KEY}", WRITTEN),
        (f"{WHO} namespaces='{NAMESPACE}' {KEY}", WRITTEN),
        (f'{WHO} namespaces="{NAMESPACE} {KEY}', WRITTEN),
        (f'{WHO} namespaces="{NAMESPACE}\\"" {KEY}', WRITTEN),
        (f'{WHO} namespaces="signoff@trl4ml\\",git" {KEY}', WRITTEN),
        (f"{WHO} {OUR}x {KEY}", WRITTEN),
        (f"{WHO} {OUR}, {KEY}", WRITTEN),
        (f"{WHO} ,{OUR} {KEY}", WRITTEN),
        (f"{WHO} {OUR},,{OUR} {KEY}", WRITTEN),
        (f"{WHO} {OUR},{OUR} {KEY}", "the option namespaces stands twice"),
        (f"{WHO} namespaces,{OUR} {KEY}", 'the option namespaces has no value, as in namespaces="…"'),
        (f"{WHO} NAMESPACES=\"{NAMESPACE}\",{OUR} {KEY}", f"the option NAMESPACES {KNOWN}"),
        (f"{WHO} no-touch-required,{OUR} {KEY}", f"the option no-touch-required {KNOWN}"),
        (f"{WHO} {OUR},verify-required {KEY}", f"the option verify-required {KNOWN}"),
        (f"{WHO} cert-authority,{OUR} {KEY}",
         "cert-authority lets others name signers; write each person's own key"),
        (f'{WHO} {OUR},valid-before="20271231" {KEY}', BEFORE),
        (f'{WHO} {OUR},valid-before="202712312359" {KEY}', BEFORE),
        (f'{WHO} {OUR},valid-before="2027-12-31Z" {KEY}', BEFORE),
        (f'{WHO} {OUR},valid-before="20270231Z" {KEY}', BEFORE),
        (f'{WHO} {OUR},valid-before="2027123124Z" {KEY}', BEFORE),
        (f'{WHO} {OUR},valid-before="20271231Zjunk" {KEY}', BEFORE),
        (f'{WHO} {OUR},valid-before="" {KEY}', BEFORE),
        (f'{WHO} {OUR},valid-after="never" {KEY}', AFTER),
        (f'{WHO} {OUR},valid-after="19700101Z" {KEY}', AFTER),
        (f'{WHO} {OUR},valid-after="20270101Z",valid-before="20270101Z" {KEY}',
         "valid-before is no later than valid-after, so the key is never valid"),
        (f"* {OUR} {KEY}", f"'*' {MANY}"),
        (f"*@example.org {OUR} {KEY}", f"'*@example.org' {MANY}"),
        (f"car?l@example.org {OUR} {KEY}", f"'car?l@example.org' {MANY}"),
        (f"!dave,{WHO} {OUR} {KEY}", f"'!dave,{WHO}' {MANY}"),
        (f"dave@example.org,{WHO} {OUR} {KEY}", f"'dave@example.org,{WHO}' {SEVERAL}"),
        (f'"{WHO}" {OUR} {KEY}', f"'\"{WHO}\"' {NOBODY}"),
        (f"-{WHO} {OUR} {KEY}", f"'-{WHO}' {NOBODY}"),
        (f"../../etc {OUR} {KEY}", f"'../../etc' {NOBODY}"),
        (f"{'c' * 121} {OUR} {KEY}", f"'{'c' * 120}' {NOBODY}"),
        (f"cаrol@example.org {OUR} {KEY}", ASCII),
        (f"{WHO} {OUR} {KEY} Zoë", ASCII),
        ("# a line \u202e that reads backwards", ASCII),
        (f"\ufeff{WHO} {OUR} {KEY}", ASCII),
        (f"{WHO} {OUR} {KEY}\0", ASCII),
        (f"{WHO} {OUR} {KEY}\r{WHO}", ASCII),
        (f"{WHO} {OUR} {KEY}\x0bx", ASCII),
        (f"{WHO} {OUR} {KEY}\u2028* {KEY}", ASCII),
        (f"{WHO} {OUR} {KEY} {'x' * 8000}", "longer than 8,000 letters; no key is"),
        (f"{WHO} {OUR}", NO_KEY),
        (f"{WHO} {OUR} ssh-ed25519", NO_KEY),
        (f"{WHO} {OUR} ED25519 {LETTERS}", UNKNOWN.format("ED25519")),
        (f"{WHO} {OUR} 256 {LETTERS}", UNKNOWN.format("256")),
        (f"{WHO} {OUR} ssh-ed25519 {LETTERS[:-4]}", "the key is cut short"),
        (f"{WHO} {OUR} ssh-ed25519 {LETTERS[:-1]}", "the key is not base64"),
        (f"{WHO} {OUR} ssh-ed25519 {LETTERS}=", "the key is not base64 in its one form"),
        (f"{WHO} {OUR} ssh-ed25519 {LETTERS}AAAA", "the key has bytes left over at its end"),
        (f"{WHO} {OUR} ssh-rsa {LETTERS}", "the key is of the kind ssh-ed25519, and its line says ssh-rsa"),
        (f"{WHO} {OUR} ssh-dss {LETTERS}",
         "the key is of the kind DSA, which is no longer safe; make one of ssh-ed25519"),
        (f"{WHO} {OUR} ssh-ed25519-cert-v01@openssh.com {LETTERS}",
         "the key is a certificate; name the key itself"),
    ],
)  # fmt: skip
def test_every_other_line_is_a_complaint(text: str, says: str) -> None:
    assert complaints(f"# first\n{text}\n") == [f"{FILE}:2: {says}"]


def test_every_complaint_of_every_line_is_told_at_once() -> None:
    text = f"* {KEY}\n\n{WHO} cert-authority,{OUR},x {OTHER}\n{WHO}\n"
    assert complaints(text) == [
        f"{FILE}:1: '*' {MANY}",
        f"{FILE}:1: {EVERYTHING}",
        f"{FILE}:3: cert-authority lets others name signers; write each person's own key",
        f"{FILE}:3: the option x {KNOWN}",
        f"{FILE}:4: {EVERYTHING}",
        f"{FILE}:4: {NO_KEY}",
    ]


def test_one_key_on_two_lines_is_a_complaint() -> None:
    text = f"{WHO} {OUR} {KEY}\ndave@example.org {OUR} {KEY} his\n{WHO} {OUR} {KEY}\n"
    says = "the key of line 1 again; one key, one line"
    assert complaints(text) == [f"{FILE}:2: {says}", f"{FILE}:3: {says}"]


def test_one_person_in_other_letters_is_a_complaint() -> None:
    """Else one person had two votes."""
    text = f"{WHO} {OUR} {KEY}\nCarol@example.org {OUR} {OTHER}\n"
    assert complaints(text) == [
        f"{FILE}:2: Carol@example.org is {WHO} of line 1 in other letters; "
        "write one person in one way"
    ]


def test_rsa_keys_of_old_are_a_complaint(tmp_path: Path) -> None:
    key = new_key(tmp_path, "-t rsa -b 1024").with_suffix(".pub").read_text()
    assert complaints(f"{WHO} {OUR} {key}") == [
        f"{FILE}:1: the RSA key has 1024 bits; 2048 to 16384 are taken"
    ]


def test_a_file_has_a_largest_size() -> None:
    assert complaints("#" * 1_000_001) == [f"{FILE} is larger than 1,000,000 bytes; take lines out"]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A key, as on a line, and a signature of it."""
    key = new_key(tmp_path_factory.mktemp("keys"), "-t ed25519")
    words = key.with_suffix(".pub").read_text().split(" ")
    return " ".join(words[:2]), stock_signed(key)


@pytest.mark.parametrize(
    "text",
    [
        "{who} {our} {key}",
        "{who} {our} {key} a comment",
        "{who}\t{our}\t{key}\r\n",
        "  {who} {our}   {key}\n",
        "# first\r\n\r\n{who} {our} {key}\r\n# last",
        '{who} namespaces="git,signoff@trl4ml" {key}',
        '{who} valid-after="20200101Z",{our},valid-before="299912312359Z" {key}',
        '{who} {our} {key} namespaces="git"',
        "dave@example.org {our} " + OTHER + "\n{who} {our} {key}",
        "carol@example.orgs {our} " + OTHER + "\n{who} {our} {key}",
    ],
)
def test_what_is_taken_lets_the_same_person_sign_at_stock(
    text: str, own: tuple[str, str], tmp_path: Path
) -> None:
    key, signature = own
    whole = text.format(who=WHO, our=OUR, key=key)
    found = parsed(whole, FILE)
    mine = [one for one in found if one.key == public.from_words(*key.split(" "))]
    assert [one.principal for one in mine] == [WHO]
    assert mine[0].lacks(NAMESPACE, datetime(2026, 11, 21, tzinfo=UTC)) == ""
    assert stock_takes(tmp_path, signature, whole)
    for stranger in ("dave@example.org", "carol", "", "*", "carol@example.orgs"):
        assert not stock_takes(tmp_path, signature, whole, who=stranger)


@pytest.mark.parametrize(
    "text",
    [
        "{who} {key}", "* {our} {key}", "{who},dave {our} {key}", '"{who}" {our} {key}',
        '{who} namespaces="signoff@*" {key}', '{who} NAMESPACES="signoff@trl4ml" {key}',
        "{who} ,{our} {key}", '{who} {our},valid-before="20991231" {key}',
        '{who} namespaces="git",{our} {key}',
    ],
)  # fmt: skip
def test_what_stock_reads_in_another_way_is_not_taken(
    text: str, own: tuple[str, str], tmp_path: Path
) -> None:
    whole = text.format(who=WHO, our=OUR, key=own[0])
    assert complaints(whole)
    assert stock_takes(tmp_path, own[1], whole) is not text.startswith('{who} namespaces="git"')


MOMENT = datetime(2026, 11, 21, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("option", "at", "taken", "stock"),
    [
        ("valid-after", MOMENT - SECOND, False, False),
        ("valid-after", MOMENT, True, True),
        ("valid-after", MOMENT + SECOND, True, True),
        ("valid-before", MOMENT - SECOND, True, True),
        ("valid-before", MOMENT, False, True),
        ("valid-before", MOMENT + SECOND, False, False),
    ],
)
def test_a_key_is_valid_from_and_until_a_second(
    option: str, at: datetime, taken: bool, stock: bool, own: tuple[str, str], tmp_path: Path
) -> None:
    """At the second of valid-before stock still takes it, though its manual says before; not here."""
    text = f'{WHO} {OUR},{option}="20261121120000Z" {own[0]}'
    (found,) = parsed(text, FILE)
    is_or_only = "not valid before" if option == "valid-after" else "valid only before"
    says = f"the key of {WHO} is {is_or_only} 2026-11-21 12:00:00Z"
    assert found.lacks(NAMESPACE, at) == ("" if taken else says)
    assert stock_takes(tmp_path, own[1], text, at=at) is stock


def test_a_key_signs_for_its_purposes_alone(own: tuple[str, str], tmp_path: Path) -> None:
    text = f'{WHO} namespaces="git" {own[0]}'
    (found,) = parsed(text, FILE)
    assert found.lacks(NAMESPACE, MOMENT) == (f"the key of {WHO} may not sign for 'signoff@trl4ml'")
    assert not found.lacks("git", MOMENT)
    assert not stock_takes(tmp_path, own[1], text)


def test_a_written_line_is_read_again_here_and_by_stock(tmp_path: Path) -> None:
    key = new_key(tmp_path, "-t ed25519")
    text = line(
        WHO,
        key.with_suffix(".pub").read_text(),
        namespaces=(NAMESPACE, "git"),
        valid_after=datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))),
        valid_before=datetime(2099, 12, 31, tzinfo=UTC),
    )
    assert text.startswith(
        f'{WHO} namespaces="signoff@trl4ml,git",valid-after="20260101000000Z",'
        'valid-before="20991231000000Z" ssh-ed25519 AAAA'
    )
    assert text.endswith(" a comment\n")
    (found,) = parsed(text, FILE)
    assert (found.principal, found.comment) == (WHO, "a comment")
    assert stock_takes(tmp_path, stock_signed(key), text, at=MOMENT)


@pytest.mark.parametrize(
    ("who", "key", "says"),
    [
        (WHO, "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n",
         "this is a private key, which nobody else may see; give the file in .pub"),
        (WHO, f"{KEY}\n{OTHER}\n", "a public key is one line, as in the file in .pub"),
        (WHO, f"# {KEY}", f"{WHO}:1: the key is of the kind '#', which is not taken; "
                          "make one of ssh-ed25519"),
        (WHO, "", f"{WHO}:1: {NO_KEY}"),
        ("# x", KEY, "a line names one person, one key and its purposes"),
        (f"x {OUR} {OTHER}\n{WHO}", KEY, "a line names one person, one key and its purposes"),
        (f"x {OUR} {OTHER} ", KEY, "a line names one person, one key and its purposes"),
        ("*", KEY, f"*:1: '*' {MANY}"),
    ],
)  # fmt: skip
def test_no_line_is_written_that_would_not_be_read(who: str, key: str, says: str) -> None:
    with pytest.raises(Refused, match=f"^{re.escape(says)}"):
        line(who, key)


def test_names_of_people_are_those_of_notes() -> None:
    """One pattern in two rooms: a note names its reviewer by the same rule."""
    rule = get_args(review.Principal)[1]
    assert rule.pattern == f"^{signers.PRINCIPAL.pattern.replace('{0,119}', '*')}$"
    assert rule.max_length == 120
    assert review.NAMESPACE == signers.NAMESPACE


@given(st.text(max_size=200) | st.lists(st.sampled_from(
    [WHO, "dave@example.org", " ", "\t", OUR, KEY, OTHER, PASSKEY, ",", '"', "\n", "\r\n", "#", "\\", "*",
     'valid-before="20271231Z"', "ssh-ed25519", LETTERS, "cert-authority"])).map("".join))  # fmt: skip
def test_no_text_does_anything_but_refuse(text: str) -> None:
    try:
        found = parsed(text, FILE)
    except Refused as why:
        assert all(one.startswith(f"{FILE}:") for one in str(why).split("\n"))
        return
    for one in found:
        assert public.parsed(one.key).kind == one.kind
        assert signers.PRINCIPAL.fullmatch(one.principal)
        assert one.namespaces and all(one.namespaces)


def test_keys_of_every_kind_that_stock_makes_are_taken(tmp_path: Path) -> None:
    for how in ("-t ed25519", "-t ecdsa -b 521", "-t rsa -b 3072"):
        text = new_key(tmp_path, how).with_suffix(".pub").read_text()
        assert line(WHO, text).split(" ")[2] == text.split(" ")[0]


def mostly(*usual: str, odd: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from(usual * 12 + odd)


SPACES = mostly(" ", "\t", "  ", odd=("\x0b",))
PEOPLE = mostly(WHO, "carol@example.org2", "dave@example.org", odd=("c*", f"!{WHO},*", f'"{WHO}"'))
ENDS = mostly("\n", "\r\n", " # comment\n", ' namespaces="git"\n', "\n\n#\n", odd=("\r", " ", ""))
PURPOSES = mostly(OUR, 'namespaces="git,signoff@trl4ml"', 'namespaces="git"',
                  odd=('Namespaces="git"', 'namespaces="signoff@*"', 'namespaces="git\\""', ""))  # fmt: skip
FROM = mostly("", ',valid-after="20200101Z"', ',valid-after="20990101000000Z"',
              odd=(',valid-after="20200101"', ',valid-before="20990101Z"'))  # fmt: skip
UNTIL = mostly("", ',valid-before="20990101Z"', ',valid-before="202001011200Z"',
               odd=(",", ',VALID-BEFORE="20200101Z"', ",cert-authority"))  # fmt: skip


@given(data=st.data())
@settings(max_examples=80)
def test_no_file_is_read_otherwise_than_stock_reads_it(
    data: st.DataObject, own: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Whoever may sign by a file that is taken here may sign at stock, and nobody else."""
    text = ""
    for key in data.draw(st.permutations([own[0], OTHER, KEY])):
        parts = (PEOPLE, SPACES, PURPOSES, FROM, UNTIL, SPACES, st.just(key), ENDS)
        text += "".join(data.draw(st.tuples(*parts)))
    try:
        found = parsed(text, FILE)
    except Refused:
        return
    blob = public.from_words(*own[0].split(" "))
    may = any(
        (one.principal, one.key) == (WHO, blob) and not one.lacks(NAMESPACE, MOMENT)
        for one in found
    )
    assert stock_takes(tmp_path_factory.mktemp("f"), own[1], text, at=MOMENT) is may
