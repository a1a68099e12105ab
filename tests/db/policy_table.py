"""The table of policies as data: of each table and view, whose rows who reads, inserts, changes and deletes.

A row belongs to a place (`own`, `shut`, `foreign`: projects with an owner each; tasks of `shut` are seen only by those
whom they concern). `Actor` says what somebody may do where, a word of the table turns that into places. Written from
the design, not from the policies: what differs is a mistake in either.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

PLACES = frozenset({"own", "shut", "foreign"})
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Actor:
    """Somebody with a context: which places they read, in which of these see all tasks, write to and manage.

    `me`: the place whose owner they are. `everywhere`: an administrator whom no key narrows.
    """

    user: str | None
    role: str = "developer"
    reads: frozenset[str] = NOTHING
    sees: frozenset[str] = NOTHING
    writes: frozenset[str] = NOTHING
    manages: frozenset[str] = NOTHING
    me: frozenset[str] = NOTHING
    project: str | None = None
    permissions: tuple[str, ...] | None = None
    everywhere: bool = False
    metrics: bool = False

    @property
    def by_key(self) -> bool:
        return self.permissions is not None

    @property
    def places(self) -> Mapping[str, frozenset[str]]:
        """Places by right."""
        if self.everywhere:
            return dict.fromkeys(("reads", "sees", "writes", "manages"), PLACES)
        return {"reads": self.reads, "sees": self.sees, "writes": self.writes, "manages": self.manages}


BOTH, OWN = frozenset({"own", "shut"}), frozenset({"own"})
KEY = ("read:tasks", "write:tasks", "run:work", "manage:projects")
ACTORS = {
    "owner": Actor("ann", reads=BOTH, sees=BOTH, writes=BOTH, manages=BOTH, me=OWN),
    "contributor": Actor("carol", reads=BOTH, sees=OWN, writes=BOTH),
    "viewer": Actor("vic", reads=BOTH, sees=OWN),
    "project manager": Actor("pam", "project_manager", BOTH, BOTH, BOTH, BOTH, metrics=True),
    "stranger": Actor("stan"),
    "reporter": Actor("rep"),
    "administrator": Actor("root", "admin", everywhere=True, metrics=True),
    "administrator's key for one project": Actor(
        "root", "admin", OWN, OWN, OWN, OWN, project="own", permissions=("admin",), metrics=True
    ),
    "key for one project": Actor("ann", "developer", OWN, OWN, OWN, OWN, OWN, project="own", permissions=KEY),
    "key that reads": Actor("ann", "developer", BOTH, BOTH, me=OWN, permissions=("read:tasks",)),
    "nobody": Actor(None),
    "nobody, as an administrator": Actor(None, "admin"),
}

PRIVATE = frozenset({"private"})
REPORTED = frozenset({"reported"})


def _private(actor: Actor) -> frozenset[str]:
    """In the own project, ann has said something to vic."""
    return PRIVATE if actor.user in {"ann", "vic"} else NOTHING


def _issues(actor: Actor, places: frozenset[str]) -> frozenset[str]:
    """One issue of the own project was reported by somebody who is no member."""
    return places | (REPORTED if "own" in places or actor.user == "rep" else NOTHING)


WORDS: Mapping[str, Callable[[Actor], frozenset[str]]] = {
    "-": lambda _: NOTHING,
    # those who may read, contribute to and maintain the project
    "members": lambda actor: actor.places["reads"],
    "contributors": lambda actor: actor.places["writes"],
    "maintainers": lambda actor: actor.places["manages"],
    # those who see the task that it belongs to, and of these those who contribute
    "task": lambda actor: actor.places["sees"],
    "task+write": lambda actor: actor.places["sees"] & actor.places["writes"],
    "issue": lambda actor: _issues(actor, actor.places["sees"]),
    "issue+write": lambda actor: (
        _issues(actor, actor.places["sees"] & actor.places["writes"])
        - (NOTHING if actor.places["writes"] else REPORTED)
    ),
    # members, and what two people say to each other for these two alone
    "talk": lambda actor: actor.places["reads"] | _private(actor),
    "told": lambda actor: actor.places["sees"] | _private(actor),
    "sender": lambda actor: (
        (actor.me | PRIVATE) & (actor.places["writes"] | PRIVATE) if actor.me & actor.writes else NOTHING
    ),
    # their own person's; not by key; administrators everybody's
    "self": lambda actor: PLACES if actor.everywhere else actor.me,
    "self in person": lambda actor: PLACES if actor.everywhere else NOTHING if actor.by_key else actor.me,
    "person": lambda actor: actor.me,
    "in person": lambda actor: NOTHING if actor.by_key else actor.me,
    # what belongs to all
    "signed in": lambda actor: PLACES | {"common"} if actor.user else NOTHING,
    "metrics": lambda actor: PLACES if actor.metrics else NOTHING,
    "administrators": lambda actor: PLACES if actor.everywhere else NOTHING,
}

TABLE = """
users                     | self           | -              | self in person | -
people                    | members        | -              | -              | -
user_sessions             | in person      | -              | -              | in person
api_keys                  | in person      | -              | in person      | in person
api_key_uses              | in person      | -              | -              | -
notifications             | person         | -              | person         | person
role_permissions          | signed in      | -              | -              | -
projects                  | members        | -              | maintainers    | -
project_members           | members        | -              | -              | -
tasks                     | task           | contributors   | task+write     | -
task_dependencies         | task           | task+write     | -              | task+write
task_contexts             | task           | task+write     | -              | -
active_tasks              | task           | -              | -              | -
ready_tasks               | task           | -              | -              | -
task_summary              | task           | -              | -              | -
task_dependency_tree      | task           | -              | -              | -
state_transitions         | signed in      | -              | -              | -
triage_items              | issue          | contributors   | issue+write    | -
chat_messages             | talk           | contributors   | sender         | -
chat_message_edits        | talk           | -              | -              | -
approvals                 | members        | -              | -              | -
error_logs                | task           | -              | task+write     | maintainers
recent_errors             | task           | -              | -              | -
deployments               | task           | -              | task+write     | -
deployment_scripts        | task           | -              | -              | -
deployment_script_results | task           | -              | -              | -
workflows                 | members        | maintainers    | maintainers    | -
workflow_versions         | members        | -              | -              | -
schedules                 | members        | -              | maintainers    | maintainers
schedule_firings          | members        | -              | -              | -
agents                    | members        | maintainers    | maintainers    | maintainers
agent_utilization         | members        | -              | -              | -
live_workers              | members        | -              | -              | -
webhook_endpoints         | members        | maintainers    | maintainers    | maintainers
webhook_events            | task           | -              | -              | -
settings                  | members        | -              | -              | -
setting_values            | members        | -              | -              | -
workflow_runs             | members        | -              | -              | -
workflow_progress         | members        | -              | -              | -
workflow_states           | members        | -              | -              | -
active_workflows_summary  | members        | -              | -              | -
task_run_states           | task           | -              | -              | -
task_run_attempt_states   | task           | -              | -              | -
logs                      | task           | -              | -              | -
events                    | told           | -              | -              | -
recent_activity           | told           | -              | -              | -
run_stats                 | members        | -              | -              | -
execution_stats           | task           | -              | -              | -
task_performance_summary  | task           | -              | -              | -
audit_logs                | maintainers    | -              | -              | -
api_access_logs           | self           | -              | -              | -
queues                    | signed in      | -              | -              | -
system_metrics            | metrics        | -              | -              | -
components                | metrics        | -              | -              | administrators
component_dependencies    | metrics        | administrators | -              | administrators
system_health_overview    | metrics        | -              | -              | -
alert_rules               | metrics        | administrators | administrators | administrators
alerts                    | metrics        | -              | -              | administrators
backups                   | metrics        | -              | -              | administrators
upkeep_jobs               | metrics        | -              | -              | -
partition_policies        | administrators | -              | administrators | -
partition_archives        | administrators | -              | -              | -
schema_history            | administrators | -              | -              | -
"""
# People reach these through functions only.
FUNCTIONS_ONLY = (
    "auth_tokens", "http_idempotency", "run_keys", "webhook_deliveries_seen", "api_key_usage", "client_grants",
    "task_runs", "task_run_attempts", "waiting_runs", "delayed_runs", "ready_runs", "leases", "run_progress",
    "run_limits",
    "finished_runs", "finished_run_readers", "agent_sessions", "agent_stats", "metric_rollups",
)  # fmt: skip
VERBS = ("select", "insert", "update", "delete")


@dataclass(frozen=True)
class Rule:
    """Who does what with the rows of a relation: a word for each verb."""

    words: Mapping[str, str]

    def allows(self, actor: Actor, verb: str) -> frozenset[str]:
        """In which places somebody may do this."""
        return WORDS[self.words[verb]](actor)


def _rules() -> dict[str, Rule]:
    lines = [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()]
    rules = {name: Rule(dict(zip(VERBS, words, strict=True))) for name, *words in lines}
    return rules | {name: Rule(dict.fromkeys(VERBS, "-")) for name in FUNCTIONS_ONLY}


RULES = _rules()
