//! All lints: their ids, their severity, and the page that explains each.

use auth_runtime::PolicyFault;

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Something that can be simpler, or that a reader should know.
    Note,
    /// Something that hardly can be meant, or that is weaker than a standard asks for.
    Warning,
    /// Something for which the component refuses the policy.
    Error,
}

impl Severity {
    /// Its name in reports: `error`, `warning` or `note`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One kind of finding, with the page that explains it.
#[derive(Debug, PartialEq, Eq)]
pub struct Lint {
    /// Its stable id, for example `CS204`.
    pub id: &'static str,
    /// How grave every finding of this kind is.
    pub severity: Severity,
    /// What is found, in a few words.
    pub title: &'static str,
    /// Why it matters and how to mend it, in Markdown.
    pub explanation: &'static str,
    /// The clause of the standard behind it.
    pub clause: Option<&'static str>,
}

/// Finds a lint by its id, whose letters may be small.
#[must_use]
pub fn find(id: &str) -> Option<&'static Lint> {
    let mut lints = LINTS.iter().copied();
    lints.find(|lint| lint.id.eq_ignore_ascii_case(id))
}

/// Returns the lint for a fault that the component found.
pub(crate) fn of_fault(fault: PolicyFault) -> &'static Lint {
    match fault {
        PolicyFault::NotToml => &NOT_TOML,
        PolicyFault::TooLarge => &TOO_LARGE,
        PolicyFault::UnknownKey => &UNKNOWN_KEY,
        PolicyFault::WrongType => &WRONG_TYPE,
        PolicyFault::ImpossibleValue => &IMPOSSIBLE_VALUE,
        PolicyFault::Contradiction => &CONTRADICTION,
        PolicyFault::MalformedName => &MALFORMED_NAME,
        PolicyFault::UnknownRole => &UNKNOWN_ROLE,
        PolicyFault::InheritanceCycle => &INHERITANCE_CYCLE,
        PolicyFault::DeepInheritance => &DEEP_INHERITANCE,
        PolicyFault::ListedTwice => &LISTED_TWICE,
        PolicyFault::RegisteredAdministrator => &REGISTERED_ADMINISTRATOR,
    }
}

macro_rules! lints {
    ($($name:ident = $id:literal $severity:ident $title:literal $(($clause:literal))? : $text:literal;)*) => {
        $(
            pub(crate) static $name: Lint = Lint {
                id: $id,
                severity: Severity::$severity,
                title: $title,
                explanation: $text,
                clause: lints!(@clause $($clause)?),
            };
        )*
        /// Every lint, in the order of the ids.
        pub static LINTS: &[&Lint] = &[$(&$name),*];
    };
    (@clause) => { None };
    (@clause $clause:literal) => { Some($clause) };
}

lints! {
    NOT_TOML = "CS001" Error "not TOML":
"The file is not TOML 1.1 in UTF-8, so nothing in it can be read. The place is where a parser stops \
understanding; the mistake may be on the line before, for instance a quote that is not closed.";

    TOO_LARGE = "CS002" Error "too large":
"The compiler takes a file of at most 4 MiB whose tables and arrays nest at most 32 deep. A role has \
at most 1024 rules and inherits at most 1024 roles, and all roles together come to at most 500000 \
rules and inherited roles.\n\nUse wildcards (`orders:*`) in place of many single permissions.";

    UNKNOWN_KEY = "CS003" Error "unknown key":
"A table does not have this key. A key with a typing error would otherwise leave its default in place, \
without a sign of it. The [policy reference](policy.md) lists all keys.";

    WRONG_TYPE = "CS004" Error "wrong type":
"The value of a key has another type than the key takes, for instance `\"600\"` in quotes where a \
number is due.";

    IMPOSSIBLE_VALUE = "CS005" Error "impossible value":
"The value is outside the bounds of its key, or none of the words that it may be. The message gives \
the bounds; where a standard sets them, it gives the clause.";

    CONTRADICTION = "CS006" Error "contradiction":
"A value contradicts another one, for instance a longest block that is shorter than the first; or it \
has no effect beside another one, for instance the cost of bcrypt where the scheme is `argon2id`. Two \
routes contradict each other where a request matches both and neither is the narrower one.";

    MALFORMED_NAME = "CS007" Error "malformed name":
"The name of a role is 1 to 64 lower-case letters, digits, `_` and `-`, and starts with a letter. A \
permission is `resource:action`; each part is 1 to 64 lower-case letters, digits, `.`, `_`, `/` and \
`-`, or `*`, or a beginning that ends in `*`.";

    UNKNOWN_ROLE = "CS101" Error "unknown role":
"A role is named that the file does not define. A file that defines any role has only the roles that \
it defines: `admin` and `user` are then no longer there by themselves.";

    INHERITANCE_CYCLE = "CS102" Error "cycle of inheritance":
"A role inherits itself, directly or through others. Take one link of the ring out; roles that are \
to have the same rules can both inherit a third.";

    DEEP_INHERITANCE = "CS103" Error "more than 32 links of inheritance":
"More than 32 roles inherit one from the next. No reader can follow a chain this long, and each decision \
names its whole way through it. Let the role inherit a nearer one.";

    UNOBTAINABLE_ROLE = "CS104" Warning "a role that no account can get":
"Registration and set-up do not give the role, and no role that may grant others has all that it \
allows, so no administrator may hand it out. Only the operator can give it, with `countersign users \
create --role`.\n\nTo grant a role one needs at least its rights. Give the granting role what this \
one allows, or remove this role.";

    REDUNDANT_INHERITANCE = "CS105" Note "redundant inheritance":
"The role inherits two roles, and one of them inherits the other anyway. The shorter list means the \
same.";

    LOOK_ALIKES = "CS106" Warning "names that look alike":
"Two roles have names that differ only in `-` and `_`, or in `0` and `o`, `1` and `l`. An administrator \
will some day grant the one in place of the other.";

    LISTED_TWICE = "CS201" Error "listed twice":
"A list has the same text twice. Often one of the two was meant to be another.";

    WITHIN_WILDCARD = "CS202" Note "within a wildcard":
"Another rule of the same key covers this one, for instance `orders:*` covers `orders:read`. Removing \
the narrower rule changes no decision. Leaving it suggests that removing it would.";

    INHERITED_ALREADY = "CS203" Note "inherited already":
"The role inherits a rule that covers this one. Removing this rule changes no decision.";

    ALLOW_NEVER_WORKS = "CS204" Warning "an allow that never works":
"A denial of the role, or one that it inherits, covers everything that this rule allows, and a denial \
always wins. A user who has the role gets this permission from none of their roles.\n\nRemove the \
rule, narrow the denial, or do not inherit the role that states it.";

    DENY_MEETS_NO_ALLOW = "CS205" Warning "a denial that meets no allow":
"No role allows anything that this rule denies, apart from roles that allow an action on every \
resource. What no rule allows is denied anyway, so the rule does nothing, or has a typing error in \
it.";

    DENIES_EVERYTHING = "CS206" Warning "a role that denies everything":
"The role denies `*:*`, so nothing that it allows or inherits has any effect, and an account with this \
role can do nothing, and its other roles do not help. To keep a user out, disable the account.";

    OWN_BESIDE_ALLOW = "CS207" Note "own beside allow":
"`allow_own` gives a permission on what the user owns, but the role has it on everything already.";

    OWN_ACCOUNT = "CS208" Warning "allow_own on accounts":
"Countersign asks for this permission when a user acts on the account of another user, and no \
account owns another. A rule of `allow_own` never gives it. Users need no permission for their own \
account.";

    NO_SUCH_BUILT_IN = "CS209" Warning "no permission of Countersign":
"The name is one typing error away from a permission that Countersign itself asks for, and is none. \
The [policy reference](policy.md) lists those permissions.";

    WILDCARD_ADMINISTERS = "CS210" Warning "a wildcard that reaches administration":
"The resource of the rule ends in `*`, and so it covers permissions that Countersign itself asks for: \
to see, make, disable or delete accounts, or to give roles. The role is not the one that set-up \
gives. If it is meant to administer, name `users:…`, `roles:…` or `sessions:…`.";

    REGISTERED_ADMINISTRATOR = "CS211" Error "registered accounts administer":
"A role that registration gives may administer accounts, so everybody who registers would be an \
administrator.";

    SETUP_CANNOT_GRANT = "CS212" Warning "the first administrator cannot grant":
"The role of `setup.role` does not allow `roles:grant`. The first administrator can then make no other \
user an administrator; only the operator can, with `countersign users create --role`.";

    GRANTS_NOTHING = "CS213" Warning "a granter of nothing":
"The role allows `roles:grant`, but to grant a role one needs at least its rights, and this role \
covers no other one. The permission is of no use alone.";

    ONLY_DENIES = "CS214" Note "a role that only denies":
"The role allows nothing. Giving it to an account narrows what the account may do, and *taking* it \
widens that. A user who has `roles:take` can do so, because a role that allows nothing is covered by \
every other one.\n\nTo keep a user out, disable the account.";

    CANCELS_ANOTHER = "CS215" Note "one role cancels another":
"The denials of one role cover everything that another one allows. An account with both roles has \
nothing of the other. That is right where the two must not meet, and surprising otherwise.";

    ENDS_INSIDE_A_WORD = "CS216" Warning "a beginning that ends inside a word":
"`order*` covers `orders` and also `orderly`. The policy names several resources or actions that \
begin so. End the beginning at a separator (`orders.*`), or list the names.";

    LONG_SESSION = "CS301" Warning "sessions of more than 30 days" ("NIST SP 800-63B-4, 2.1.3"):
"A user should have to authenticate again after 30 days at the latest, even where a password alone is \
enough. A longer session is a longer time for a thief of its refresh token.";

    IDLE_NEVER_ACTS = "CS302" Note "the idle time never acts":
"`idle_seconds` and `absolute_seconds` are equal, so the absolute end always comes first, and a \
session that was left on a shared machine lives as long as one in use.";

    LONG_GRACE = "CS303" Warning "a long grace" ("RFC 9700, 4.14.2"):
"Within the grace, a used refresh token is answered again instead of ending the session. The longer \
it is, the longer a stolen token stays unnoticed. Ten seconds are enough for an answer that was lost \
and for tabs side by side.";

    DISCLOSES = "CS304" Warning "registration discloses addresses" ("OWASP ASVS 5.0, 6.3.8"):
"With `answer = \"disclose\"` everybody can find out who has an account, one address after the other. \
Only the limit on registrations slows that down.";

    NO_CONTEXT_WORDS = "CS305" Warning "no words of context" ("NIST SP 800-63B-4, 3.1.1.2"):
"The name of the service is among the first things that an attacker tries. List it, and the names of \
your organisation and product.";

    LONG_INITIAL_PASSWORD = "CS306" Warning "initial passwords of more than a week" ("OWASP ASVS 5.0, 6.4.1"):
"An initial password goes through other hands before it reaches its owner. It should expire after a \
short time; a new one is quickly made.";

    ACCOUNT_BEFORE_SOURCE = "CS307" Warning "the account blocks before the source":
"`throttle.account` is reached before, or together with, `throttle.account_and_source`. So one \
stranger at one address blocks all strangers, and the inner counter never acts alone. Set \
`throttle.account.failures` well above it.";

    DEVICE_IS_STRICTER = "CS308" Warning "known devices are treated more strictly":
"A device that logged in before is blocked after fewer failures than a stranger. The counter of known \
devices exists so that the owner gets in while an attacker hammers the account.";

    NEVER_DOUBLES = "CS309" Note "blocks never double":
"The first block is as long as the longest, so a guesser who goes on waits no longer than one who \
mistyped.";

    SOURCE_BEFORE_ACCOUNT = "CS311" Warning "one typist blocks an office":
"`throttle.source` is reached before, or together with, `throttle.account_and_source`. So one person's \
failures on one account block everybody behind the same address, an office or a mobile network.";

    CAP_BEFORE_BLOCK = "CS312" Warning "the cap comes before the block":
"Strangers may use up half of `account_cap`, and it is used up before `throttle.account` begins its \
first block of minutes. Then waits of an hour to a day begin at once.";

    UNUSED_IGNORE = "CS401" Warning "an ignore that ignores nothing":
"The comment `# countersign: allow …` stands at a line that does not have this finding. Remove it, lest it \
hides one that comes later.";

    UNUSED_SUBJECT = "CS402" Note "a subject that no case uses":
"The file states a subject under `[subjects]` that none of its cases asks as, so nothing is tested of its \
roles. Add a column for it to a grid, or remove it.";

    CONTRADICTORY_CASES = "CS403" Error "cases that contradict each other":
"Two cases of the file ask the same and expect different answers, so one of them is wrong whatever the \
policy says. The message names the place of the other one.";

    EXPECTS_NOTHING = "CS404" Error "a story that expects nothing":
"No step of the story makes a call, so it passes under every policy. Add steps with `do`.";

    PASSES_WITHOUT_RULES = "CS405" Warning "cases that pass on roles without rules":
"The component was asked the questions about permissions of this file again, on a policy whose roles have no \
rule, and all answers were as expected. So the cases show only what is not allowed, and would not notice if \
every rule were lost. Add cases that expect `yes`, `own` or `no`.";

    BAD_IGNORE = "CS406" Warning "an ignore that is not understood":
"The form is `# countersign: allow CS204 because …`, with one or more ids and a reason, at the end of \
the line of the finding or on a line of its own above it. An error cannot be ignored, because the \
component refuses the policy.";

    UNREADABLE_CASE = "CS407" Error "a case that cannot be read":
"`countersign policy test` counts the case as failed: it has an unknown key, a value of another type, a name \
that nothing defines, or repeats another case. The [case files](case-files.md) page lists every key.";

    NOBODY_PASSES = "CS501" Warning "a route that nobody passes":
"A gateway lets a request of this route pass if the roles of its token allow the permission, and no role \
does. Rules of `allow_own` do not count, because a gateway does not know who owns what is asked for.\n\n\
Give the permission to a role, correct its name, or take the route out: requests without a route do not \
pass either.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_ascend_and_texts_are_whole() {
        assert!(LINTS.is_sorted_by(|a, b| a.id < b.id));
        for lint in LINTS {
            assert!(lint.id.starts_with("CS") && lint.id.len() == 5, "{lint:?}");
            assert!(!lint.title.is_empty() && !lint.title.ends_with('.'));
            assert!(lint.explanation.ends_with('.'), "{}", lint.id);
        }
        assert_eq!(find("cs204"), Some(&ALLOW_NEVER_WORKS));
        assert_eq!(find("CS999"), None);
    }
}
