//! The list of all cases, and the macro that turns each into a test of its own.

/// Runs every case against an adapter, each as a `#[tokio::test]` of its own on fresh stores.
///
/// The argument is a function from a [`ManualClock`](auth_memory::ManualClock) to a future of
/// [`Stores`](crate::Stores). The tests are in the modules `account_pages`, `accounts`, `codes`,
/// `sessions` and `throttle`; the calling crate depends on `tokio`.
#[macro_export]
macro_rules! conformance {
    ($open:expr) => {
        $crate::__each_case! { ($open)
            account_pages {
                lists_in_order_of_address,
                tells_whether_more_follow,
                goes_on_after_an_address_that_is_gone,
                takes_a_prefix_literally,
                meets_each_account_once_while_others_write,
            }
            accounts {
                gives_back_every_field,
                replaces_every_field,
                finds_nothing_where_nothing_is,
                keeps_addresses_apart_that_only_look_alike,
                lets_one_of_a_hundred_inserts_have_the_address,
                refuses_a_taken_address,
                compares_with_the_version_it_was_given,
                lets_one_of_a_hundred_replacements_win,
                refuses_to_replace_another_version,
                refuses_to_replace_what_is_gone,
                refuses_to_remove_another_version,
                frees_the_address_of_a_removed_account,
                lets_a_removal_or_a_replacement_win,
            }
            codes {
                gives_back_every_field,
                finds_nothing_where_nothing_is,
                replaces_the_version_that_was_read,
                refuses_a_first_write_over_a_code,
                refuses_to_replace_another_version,
                lets_one_of_a_hundred_writes_win,
                keeps_a_code_that_does_not_end,
                keeps_a_code_until_its_time_is_over,
                keeps_a_code_whose_end_moved,
            }
            sessions {
                gives_back_every_field,
                replaces_every_field,
                finds_nothing_where_nothing_is,
                compares_with_the_version_it_was_given,
                lets_one_of_a_hundred_replacements_win,
                lets_a_hundred_sessions_be_replaced_side_by_side,
                refuses_to_replace_another_version,
                refuses_to_replace_what_is_gone,
                removes_any_version_and_twice,
                removes_for_good_while_replacements_race,
                lists_the_sessions_of_one_account,
                lists_in_order_of_id,
                keeps_a_session_until_its_time_is_over,
                keeps_a_session_whose_end_moved,
            }
            throttle {
                gives_back_every_field,
                finds_in_the_order_of_the_keys,
                keeps_keys_apart_that_only_look_alike,
                refuses_a_first_write_over_a_counter,
                refuses_to_replace_another_version,
                lets_one_of_a_hundred_writes_win,
                loses_no_count,
                forgets_what_is_removed,
                keeps_a_counter_until_its_time_is_over,
                keeps_a_counter_whose_end_moved,
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __each_case {
    (($open:expr) $($suite:ident { $($case:ident,)* })*) => {
        $(mod $suite {
            use super::*;

            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                let stores = ($open)(::auth_memory::ManualClock::default()).await;
                $crate::suite::$suite::$case(&stores).await;
            })*
        })*
    };
}

#[cfg(test)]
mod tests {
    /// A case that is missing from the list would never run.
    #[test]
    fn the_list_names_every_case_of_the_suites() {
        let list: Vec<&str> = include_str!("cases.rs").split_whitespace().collect();
        let list = list.join(" ");
        let suites = [
            ("account_pages", include_str!("suite/account_pages.rs")),
            ("accounts", include_str!("suite/accounts.rs")),
            ("codes", include_str!("suite/codes.rs")),
            ("sessions", include_str!("suite/sessions.rs")),
            ("throttle", include_str!("suite/throttle.rs")),
        ];
        for (suite, source) in suites {
            let cases = source.split("pub async fn ").skip(1);
            let names = cases.filter_map(|case| case.split_once('('));
            let names: String = names.map(|(name, _)| format!("{name}, ")).collect();
            assert!(
                list.contains(&format!("{suite} {{ {names}}}")),
                "{suite} {{ {names}}}"
            );
        }
    }
}
