"""Who must approve: the panel of each level, and the rules of reviews that a team sets.

The default panels follow those of Lavin et al. (2022), level by level; where the paper names no
number, the smallest stands here. They are our policy: a team tightens them, and may need none below
a level.
"""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from trl4ml.core.canonical import digest
from trl4ml.core.noun import LevelNumber, Noun, Slug, wrong
from trl4ml.core.review import Principal

Count = Annotated[int, Field(ge=1, le=99)]
LevelKey = Annotated[str, StringConstraints(pattern=r"^[0-9]$")]
Days = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,3}d$")]
Origin = Annotated[
    str, StringConstraints(pattern=r"^(https://[a-z0-9.-]+|http://localhost)(:[0-9]{1,5})?$")
]
SSH, PASSKEY = "ssh", "passkey"
"""How a note was signed: by a key of OpenSSH, or by a passkey in a browser."""

PANELS: dict[int, dict[str, int]] = {
    0: {"research-lead": 1},
    1: {"research": 2},
    2: {"research": 1, "senior-research": 1},
    3: {"research": 1, "engineering": 1},
    4: {"engineering": 1, "product": 1},
    5: {"research": 1, "engineering": 1, "product": 1},
    6: {"engineering": 1, "product": 1, "legal": 1},
    7: {"quality-assurance": 1, "product": 1},
    8: {"product": 1, "quality-assurance": 1, "stakeholder": 1},
    9: {"product": 1, "stakeholder": 1},
}


class Panel(Noun):
    """Who approves the gate of one level: how many different people in each role."""

    roles: dict[Slug, Count] = {}
    """How many people in each role, by its name."""
    quorum: Annotated[int, Field(ge=0, le=99)] = 0
    """At least so many people in all, where that is more than the roles come to."""

    @property
    def people(self) -> int:
        return max(self.quorum, sum(self.roles.values()))


class Forge(Noun):
    """Where the project's repository lies, for the link that proposes a note as a new file."""

    kind: Annotated[str, StringConstraints(pattern=r"^(github|gitlab|gitea)$")]
    url: Annotated[str, StringConstraints(pattern=r"^https://[!-~]+$", max_length=500)]
    branch: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._/-]+$", max_length=200)] = (
        "main"
    )


class ReviewPolicy(Noun):
    """Who may review in which role, and what an approval takes: `policy.yaml` of the trust folder."""

    roles: dict[Slug, tuple[Principal, ...]] = {}
    """Who holds each role, by the names of `allowed_signers`."""
    panels: dict[LevelKey, Panel] = {}
    """Stricter panels, by level: more roles, more people, a quorum."""
    from_level: LevelNumber = 0
    """Gates below this level need no review."""
    reviewer_is_not_author: bool = True
    """Whether who wrote the change is barred too; the owner of a component always is."""
    expires_after: Days = "365d"
    """How long an approval holds, unless it says that it ends earlier."""
    accept: Annotated[
        tuple[Annotated[str, StringConstraints(pattern=r"^(ssh|passkey)$")], ...],
        Field(min_length=1),
    ] = (SSH, PASSKEY)
    """How a note may be signed: ssh, passkey, or both."""
    origins: tuple[Origin, ...] = ()
    """The addresses of the pages on which passkeys may sign, as in https://reviews.example.org."""
    veto: tuple[Slug, ...] | None = None
    """The roles whose rejection holds a gate back; None is every role."""
    forge: Forge | None = None
    """Where a note may be proposed as a new file."""
    server: Origin | None = None
    """The address of the team server, if there is one."""

    @model_validator(mode="after")
    def _tightens(self) -> Self:
        for key, own in self.panels.items():
            for role, least in PANELS[int(key)].items():
                if own.roles.get(role, 0) < least:
                    says = f"level {key} needs {least} {role}; a policy only tightens"
                    raise wrong(says, "panels", key, "roles")
        return self

    @model_validator(mode="after")
    def _vetoes(self) -> Self:
        """A role written wrongly here would take the veto from the right one, and nobody would see."""
        known = set(self.roles).union(
            *(one.roles for one in self.panels.values()), *PANELS.values()
        )
        for at, role in enumerate(self.veto or ()):
            if role not in known:
                raise wrong(f"no role is called '{role}'", "veto", at)
        return self

    def panel(self, level: int) -> Panel | None:
        """The panel of a level; None where no review is needed."""
        if level < self.from_level:
            return None
        return self.panels.get(str(level)) or Panel(roles=PANELS[level])

    def holds(self, principal: str, role: str) -> bool:
        return principal in self.roles.get(role, ())

    def has_veto(self, role: str) -> bool:
        return self.veto is None or role in self.veto

    @property
    def digest(self) -> str:
        """Of the rules alone: a new reviewer, or a page that moved, voids no approval."""
        return digest(self.model_dump(mode="json", exclude={"roles", "forge", "server", "origins"}))
