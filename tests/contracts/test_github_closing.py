"""GitHub keeps the rules of closing, over HTTP to a stand-in that keeps GitHub's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.core.closing_found import Accepted
from bot.core.closing_plan import Milestone, SourcePlace
from bot.ports import Conflict, Denied, Gone, Throttled, Unreachable
from integrations.trackers.github import (
    GitHubChecklists,
    GitHubLinks,
    GitHubQueues,
    GitHubSource,
    GitHubTrackers,
)
from integrations.trackers.github_line import GitHubLine
from tests.contracts.closing_contract import (
    OURS,
    RELEASE,
    REVIEW,
    THEIRS,
    TICK,
    ChecklistContract,
    Deed,
    Line,
    LineContract,
    LinksContract,
    QueueContract,
    TrackerContract,
    order,
)
from tests.contracts.closing_grounds import REPOSITORY, GitHubGround, github_ground

ISSUE, CHECKLIST, RECORD, PULL = (f"{REPOSITORY}#{number}" for number in (40, 41, 42, 43))
NOWHERE = f"{REPOSITORY}#99"


def states() -> tuple[str, ...]:
    return ("accepted", "in review", "approved")


@pytest.fixture(scope="module")
def _ground() -> Iterator[GitHubGround]:
    yield from github_ground()


@pytest.fixture
def ground(_ground: GitHubGround) -> GitHubGround:
    _ground.faults.clear()
    _ground.there.clear()
    return _ground


class TestGitHubChecklists(ChecklistContract, LineContract):
    words_of_a_deed = 0

    @pytest.fixture
    def line(self, ground: GitHubGround) -> Line:
        return ground.line_of("issues.update")

    @pytest.fixture
    def deed(self, ground: GitHubGround) -> Deed:
        here = GitHubChecklists(ground.line)
        return Deed(
            read=lambda: here.read(CHECKLIST), do=lambda o: here.close(CHECKLIST, o, (TICK,)), settled=lambda f: f.closed,
            standing=ground.there.state, touch=lambda: ground.there.change(REPOSITORY, 41, title="Readiness, again"),
            nowhere=lambda: here.read(NOWHERE),
        )  # fmt: skip


class TestGitHubTrackers(TrackerContract, LineContract):
    @pytest.fixture
    def line(self, ground: GitHubGround) -> Line:
        return ground.line_of("comments.create")

    @pytest.fixture
    def deed(self, ground: GitHubGround) -> Deed:
        here = GitHubTrackers(ground.line, states)
        return Deed(
            read=lambda: here.read(ISSUE), do=lambda o: here.approve(ISSUE, o, "approved"), settled=lambda f: f.state == "approved",
            standing=ground.there.state, touch=lambda: ground.there.change(REPOSITORY, 40, labels=["in review", "review-queue"]),
            nowhere=lambda: here.read(NOWHERE),
        )  # fmt: skip


class TestGitHubLinksInComments(LinksContract, LineContract):
    @pytest.fixture
    def line(self, ground: GitHubGround) -> Line:
        return ground.line_of("comments.create")

    @pytest.fixture
    def deed(self, ground: GitHubGround) -> Deed:
        here = GitHubLinks(ground.line)
        return Deed(
            read=lambda: here.read(ISSUE), do=lambda o: here.attach(ISSUE, o, OURS), settled=lambda f: set(OURS) <= set(f.links),
            standing=ground.there.state, touch=lambda: ground.there.say(REPOSITORY, 40, "Meanwhile."), nowhere=lambda: here.read(NOWHERE),
        )  # fmt: skip


class TestGitHubLinksInReleases(LinksContract, LineContract):
    @pytest.fixture
    def line(self, ground: GitHubGround) -> Line:
        return ground.line_of("releases.update")

    @pytest.fixture
    def deed(self, ground: GitHubGround) -> Deed:
        here, at = GitHubLinks(ground.line), f"{REPOSITORY}@v4.2"

        def touch() -> None:
            ground.there.repositories[REPOSITORY]["releases"]["v4.2"]["body"] += "\nMeanwhile."

        return Deed(
            read=lambda: here.read(at), do=lambda o: here.attach(at, o, OURS), settled=lambda f: set(OURS) <= set(f.links),
            standing=ground.there.state, touch=touch, nowhere=lambda: here.read(f"{REPOSITORY}@v9"),
        )  # fmt: skip


class TestGitHubQueues(QueueContract, LineContract):
    words_of_a_deed = 0

    @pytest.fixture
    def line(self, ground: GitHubGround) -> Line:
        return ground.line_of("labels.remove")

    @pytest.fixture
    def deed(self, ground: GitHubGround) -> Deed:
        here = GitHubQueues(ground.line, "review-queue")
        return Deed(
            read=lambda: here.read(ISSUE), do=lambda o: here.clear(ISSUE, o), settled=lambda f: not f.present,
            standing=ground.there.state, touch=lambda: ground.there.change(REPOSITORY, 40, labels=["review-queue"]),
            nowhere=lambda: here.read(NOWHERE),
        )  # fmt: skip


# -- what only GitHub has


def test_the_source_is_an_issue_with_a_state_for_a_label(ground: GitHubGround) -> None:
    found = GitHubSource(ground.line, states).read(SourcePlace(system="github", record=RECORD))

    assert found == Accepted(
        record=RECORD, state="accepted", release=RELEASE, review=REVIEW, milestone=Milestone(title="Identity 4.2", id="12"),
        evidence="ab" * 32, revision="2026-11-30T14:02:00Z", url="https://github.example.com/example/identity/issues/42",
    )  # fmt: skip


def test_other_headings_are_named_by_the_policy(ground: GitHubGround) -> None:
    ground.there.change(
        REPOSITORY,
        42,
        body="### Decision\n\naccepted\n\n### Cut\n\nidentity-4.2\n\n### Review version\n\n_No response_",
    )
    fields = {"state": "Decision", "release": "Cut"}

    found = GitHubSource(ground.line, states).read(SourcePlace(system="github", record=RECORD, fields=fields))

    assert (found.state, found.release, found.review, found.evidence) == ("accepted", RELEASE, None, None)


@pytest.mark.parametrize(
    ("labels", "state"), [([], "open"), (["urgent"], "open"), (["status: reopened"], "status: reopened")]
)
def test_without_a_known_label_nothing_is_taken_for_accepted(
    ground: GitHubGround, labels: list[str], state: str
) -> None:
    ground.there.change(REPOSITORY, 42, labels=labels)

    assert GitHubSource(ground.line, states).read(SourcePlace(system="github", record=RECORD)).state == state


def test_two_states_at_once_are_no_state(ground: GitHubGround) -> None:
    ground.there.change(REPOSITORY, 42, labels=["accepted", "status: reopened"])

    with pytest.raises(Denied, match="more than one label that is a state: accepted, status: reopened"):
        GitHubSource(ground.line, states).read(SourcePlace(system="github", record=RECORD))


def test_an_issue_closed_as_not_planned_was_neither_accepted_nor_fulfilled(ground: GitHubGround) -> None:
    for number in (41, 42):
        ground.there.change(REPOSITORY, number, state="closed", state_reason="not_planned")

    assert GitHubSource(ground.line, states).read(SourcePlace(system="github", record=RECORD)).state == "not planned"
    with pytest.raises(Denied, match="closed as not planned"):
        GitHubChecklists(ground.line).read(CHECKLIST)


def test_a_pull_request_is_scope_and_never_written_to(ground: GitHubGround) -> None:
    before, asked = ground.there.state(), order("any")
    deeds = (
        lambda: GitHubChecklists(ground.line).close(PULL, asked, ()),
        lambda: GitHubTrackers(ground.line, states).approve(PULL, asked, "approved"),
        lambda: GitHubLinks(ground.line).attach(PULL, asked, OURS),
        lambda: GitHubQueues(ground.line, "review-queue").clear(PULL, asked),
    )

    for deed in deeds:
        with pytest.raises(Denied, match="pull request"):
            deed()

    assert ground.there.state() == before


def test_closing_a_checklist_changes_two_letters_of_its_text(ground: GitHubGround) -> None:
    here, before = GitHubChecklists(ground.line), ground.there.issue(REPOSITORY, 41)["body"]

    here.close(CHECKLIST, order(here.read(CHECKLIST).version), (TICK,))

    after = ground.there.issue(REPOSITORY, 41)
    assert after["body"] == before.replace(f"[ ] {TICK}", f"[x] {TICK}")
    assert (after["state"], after["state_reason"]) == ("closed", "completed")


def test_an_open_box_that_is_not_named_stays_and_nothing_is_written(ground: GitHubGround) -> None:
    here, before = GitHubChecklists(ground.line), ground.there.state()

    with pytest.raises(Denied, match=TICK):
        here.close(CHECKLIST, order(here.read(CHECKLIST).version), ())

    assert ground.there.state() == before


def test_other_labels_stay_when_it_is_approved(ground: GitHubGround) -> None:
    here = GitHubTrackers(ground.line, states)

    here.approve(ISSUE, order(here.read(ISSUE).version), "approved")

    assert sorted(ground.there.issue(REPOSITORY, 40)["labels"]) == ["approved", "review-queue", "urgent"]


def test_a_note_that_was_left_before_a_crash_is_not_left_again(ground: GitHubGround) -> None:
    here = GitHubTrackers(ground.line, states)
    ground.faults.add(service="github", operation="issues.update", kind="drop_before")
    with pytest.raises(Unreachable):
        here.approve(ISSUE, order(here.read(ISSUE).version), "approved")
    assert (ground.words(), here.read(ISSUE).state) == (1, "in review")

    here.approve(ISSUE, order(here.read(ISSUE).version), "approved")

    assert (ground.words(), here.read(ISSUE).state) == (1, "approved")


def test_what_changes_between_the_note_and_the_label_stops_the_label(ground: GitHubGround) -> None:
    here = GitHubTrackers(ground.line, states)
    asked = order(here.read(ISSUE).version)
    ground.line.comment = lambda at, body: ground.there.rename(REPOSITORY, 12, "Identity 4.3")  # type: ignore[method-assign]  # the moment between two calls
    try:
        with pytest.raises(Conflict):
            here.approve(ISSUE, asked, "approved")
    finally:
        del ground.line.comment  # type: ignore[method-assign]

    assert "approved" not in ground.there.issue(REPOSITORY, 40)["labels"]


def test_a_stranger_s_comment_neither_counts_nor_stands_in_the_way(ground: GitHubGround) -> None:
    false = f"- [{OURS[0].name}](https://evil.example.com) SHA-256 {'00' * 32}"
    ground.there.say(REPOSITORY, 40, false, association="NONE")

    assert GitHubLinks(ground.line).read(ISSUE).links == (THEIRS,)


def test_links_on_the_third_page_of_comments_are_found(ground: GitHubGround) -> None:
    for number in range(205):
        ground.there.say(REPOSITORY, 40, f"- [{number}.md](https://wiki.example.com/{number}) SHA-256 {'ab' * 32}")

    assert len(GitHubLinks(ground.line).read(ISSUE).links) == 206


def test_a_release_without_a_heading_states_itself_by_its_name(ground: GitHubGround) -> None:
    ground.there.repositories[REPOSITORY]["releases"]["v4.2"]["body"] = None

    assert GitHubLinks(ground.line).read(f"{REPOSITORY}@v4.2").release == "Identity 4.2"


def test_two_statements_that_differ_are_none(ground: GitHubGround) -> None:
    ground.there.change(REPOSITORY, 41, body="### Release\n\nidentity-4.2\n\n### Release\n\nidentity-4.3")

    with pytest.raises(Denied, match="states Release twice"):
        GitHubChecklists(ground.line).read(CHECKLIST)


def test_an_answer_that_never_comes_is_not_waited_for(ground: GitHubGround) -> None:
    ground.faults.add(service="github", operation="issues.get", kind="hang", seconds=0.6)

    with pytest.raises(Unreachable):
        GitHubLine("any", api_url=ground.url, timeout=0.2).issue(ISSUE)


@pytest.mark.parametrize("word", ["primary", "secondary"])
def test_both_limits_of_github_are_pauses_although_they_come_as_403(ground: GitHubGround, word: str) -> None:
    ground.faults.add(service="github", operation="issues.get", kind="status", status=403, word=word, retry_after=20)

    with pytest.raises(Throttled) as raised:
        ground.line.issue(ISSUE)

    assert 15 <= raised.value.retry_after <= 21


def test_a_repository_that_the_token_may_not_see_is_gone_and_one_it_may_not_write_is_denied(
    ground: GitHubGround,
) -> None:
    here = GitHubQueues(ground.line, "review-queue")
    ground.there.read_only.add(REPOSITORY)
    with pytest.raises(Denied, match="needs to read and write"):
        here.clear(ISSUE, order(here.read(ISSUE).version))

    ground.there.hidden.add(REPOSITORY)

    with pytest.raises(Gone):
        here.read(ISSUE)


@pytest.mark.parametrize("at", ["example/identity", "example/..#4", "a/b#0", "a/b/c#1", "example/identity#1?x"])
def test_what_is_no_address_is_never_asked(ground: GitHubGround, at: str) -> None:
    with pytest.raises(Denied):
        ground.line.issue(at)

    assert ground.there.traffic.calls() == []
