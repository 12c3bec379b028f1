//! What every log must do, as one suite: the tests in `tests/` run it over the embedded log and over real Kafka.
//!
//! Each function of [`suite`] is one promise of `volley_event_log::EventLog`, checked on a log that is given to it. The
//! macro [`conformance_suite!`] makes a test of each, so a new function reaches every log at once.

pub mod helpers;
pub mod suite;

/// Makes one test of every promise. `$open` is an expression for a future of the log and what must live as long as it.
#[macro_export]
macro_rules! conformance_suite {
    ($open:expr) => {
        $crate::conformance_suite!(@each $open,
            reading: records_come_back_as_they_went,
            reading: reading_is_dense_from_any_offset,
            reading: a_limit_of_octets_still_gives_one_record,
            reading: several_readers_of_one_partition_see_the_same,
            reading: a_reader_at_the_end_wakes_promptly,
            reading: a_dropped_read_loses_nothing,
            reading: reading_beyond_the_end_is_refused,
            appending: records_stand_in_the_order_of_the_calls,
            appending: order_holds_under_concurrency,
            appending: one_append_reaches_many_partitions,
            appending: a_record_over_the_limit_is_refused_and_nothing_is_written,
            appending: what_does_not_exist_is_refused,
            appending: a_closed_log_refuses_and_ends_its_readers,
            appending: a_log_at_work_is_healthy,
            keeping: a_topic_is_created_once_and_a_mismatch_refused,
            keeping: topics_are_listed_by_name,
            keeping: an_offset_is_found_by_its_time,
            keeping: what_is_trimmed_is_gone_and_the_rest_stays,
            keeping: a_partition_trimmed_to_its_end_goes_on,
            keeping: a_reader_overtaken_by_a_trim_is_told,
        );
    };
    (@each $open:expr, $($chapter:ident : $promise:ident,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() -> anyhow::Result<()> {
                let (log, _kept) = $open.await?;
                $crate::suite::$chapter::$promise(&log).await
            }
        )*
    };
}
