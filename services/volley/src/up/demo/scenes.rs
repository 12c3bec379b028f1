//! The scenes of the conversation.

use anyhow::{Context, bail, ensure};
use volley_carrier_sim::{CarrierSimHandle, Line, Person};
use volley_wire::proto::{
    admin::v1::TraceStep,
    messaging::v1::{ConsentAction, MessageState, Reason, TrafficClass, VoteVerdict},
};

use crate::{
    output,
    up::{
        demo::{PATIENCE, client::Client},
        provision::{SHORT_CODE, STANDARD_NUMBER, STOP_ANSWER, VOTES},
    },
};

/// The handsets of one play, as digits without `+`.
pub struct Cast {
    account_holder: String,
    shopper: String,
    fan: String,
}

impl Cast {
    /// Handsets of their own for each start. None ends in digits that the simulated carrier has a rule for (99xx).
    pub fn of(start: u32) -> Self {
        let handset = |role: u32| format!("8210{:04}{:04}", 2_000 + start / 1_000 % 1_000, start % 1_000 * 3 + role);
        Self { account_holder: handset(0), shopper: handset(1), fan: handset(2) }
    }
}

/// A bank alert goes out from a standard number and is delivered.
pub async fn alert(client: &mut Client, sim: &CarrierSimHandle, cast: &Cast) -> anyhow::Result<()> {
    output::line("1. A bank alert, from a standard number")?;
    let (handset, text) = (&cast.account_holder, "Demo Bank: 50,000 KRW paid at BOOKSHOP, 14:02.");
    let message = client
        .send(STANDARD_NUMBER, &format!("+{handset}"), text, TrafficClass::Transactional)
        .await?;
    let end = client.final_state(&message).await?;
    ensure!(end.state() == MessageState::Delivered, "the alert ended as {}", end.state().as_str_name());
    let received = sim.wait_for_text(handset, |received| received.text == text, PATIENCE).await;
    let received = received.context("the handset did not get the alert")?;
    hops(client, &message).await?;
    output::line(&format!("   the handset shows {:?} from {}", received.text, received.from))?;
    output::line(&format!("   the client's stream says DELIVERED for message {message}"))?;
    Ok(())
}

/// An advertisement is answered with STOP; the next one is refused.
pub async fn advertisement(client: &mut Client, sim: &CarrierSimHandle, cast: &Cast) -> anyhow::Result<()> {
    output::line("2. An advertisement from a short code, and a STOP")?;
    let (handset, text) = (&cast.shopper, "(AD) Demo Shop: 20% off all boots today. Reply STOP to end.");
    let script = vec![Line { times: 1, ..Line::new("*boots*", "STOP") }];
    ensure!(
        sim.person(Person { number: handset.as_str().into(), script }),
        "the simulated carrier takes no more persons"
    );

    let advertisement = client
        .send(SHORT_CODE, &format!("+{handset}"), text, TrafficClass::Marketing)
        .await?;
    let end = client.final_state(&advertisement).await?;
    ensure!(end.state() == MessageState::Delivered, "the advertisement ended as {}", end.state().as_str_name());
    let stop = client.reply_of(&format!("+{handset}")).await?;
    ensure!(stop.consent() == ConsentAction::OptOut, "STOP was taken as {}", stop.consent().as_str_name());
    ensure!(stop.answers_message_id == advertisement, "STOP was credited to {:?}", stop.answers_message_id);
    hops(client, &advertisement).await?;
    output::line(&format!("   the handset answers {:?}; the client's stream has it as OPT_OUT,", stop.text))?;
    output::line(&format!("   in answer to message {}", stop.answers_message_id))?;

    let confirmed = |received: &volley_carrier_sim::ReceivedText| received.text == STOP_ANSWER;
    sim.wait_for_text(handset, confirmed, PATIENCE)
        .await
        .context("the confirmation did not reach the handset")?;
    let next = client
        .send(SHORT_CODE, &format!("+{handset}"), text, TrafficClass::Marketing)
        .await?;
    let refused = client.final_state(&next).await?;
    ensure!(
        refused.state() == MessageState::Refused && refused.reason() == Reason::OptedOut,
        "the next advertisement ended as {} ({})",
        refused.state().as_str_name(),
        refused.reason().as_str_name()
    );
    let confirmations = sim.inbox(handset).iter().filter(|received| confirmed(received)).count();
    ensure!(confirmations == 1, "{confirmations} confirmations reached the handset");
    output::line("   the confirmation reached the handset, once")?;
    output::line("   the next advertisement to that handset ended REFUSED (OPTED_OUT)")?;
    Ok(())
}

/// A vote is counted, one per handset.
pub async fn vote(client: &mut Client, sim: &CarrierSimHandle, cast: &Cast) -> anyhow::Result<()> {
    output::line("3. A vote by SMS")?;
    let before = counted(client).await?;
    let digits = SHORT_CODE.trim_start_matches("KR:");
    for expected in [VoteVerdict::Counted, VoteVerdict::Repeated] {
        sim.send_mo(&cast.fan, digits, VOTES[0])
            .context("the handset could not send its vote")?;
        let reply = client.reply_of(&format!("+{}", cast.fan)).await?;
        ensure!(reply.vote() == expected, "the vote was {}", reply.vote().as_str_name());
        let took = reply_span(&reply, expected);
        output::line(&format!("   mo-correlation   {:?} from the handset: {took}", reply.text))?;
    }
    let after = counted(client).await?;
    ensure!(after == before + 1, "{} had {before} votes, and has {after}", VOTES[0]);
    output::line(&format!("   the count of {} went from {before} to {after}: one vote per handset", VOTES[0]))?;
    Ok(())
}

fn reply_span(reply: &volley_wire::proto::messaging::v1::Reply, verdict: VoteVerdict) -> String {
    let verdict = output::word(verdict.as_str_name(), "VOTE_VERDICT_");
    format!("{verdict} (received {})", output::clock(reply.received_at_us))
}

async fn counted(client: &mut Client) -> anyhow::Result<u64> {
    let votes = client.votes(VOTES[0]).await?;
    let option = votes
        .options
        .iter()
        .find(|option| option.keyword.eq_ignore_ascii_case(VOTES[0]));
    Ok(option.map_or(0, |option| option.counted))
}

/// The hops of a message, each with the time it took, as the log has them.
async fn hops(client: &mut Client, message: &str) -> anyhow::Result<()> {
    let steps = client.trace(message).await?;
    if steps.is_empty() {
        bail!("the trace of {message} is empty");
    }
    for step in &steps {
        output::line(&hop(step))?;
    }
    Ok(())
}

fn hop(step: &TraceStep) -> String {
    format!("   {:<16} {:<60} +{}", step.service, step.what, output::span(step.delay_us))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_start_has_handsets_of_its_own_and_none_has_a_rule() {
        let mut seen = std::collections::BTreeSet::new();
        for start in 0..2_500 {
            let cast = Cast::of(start);
            for handset in [cast.account_holder, cast.shopper, cast.fan] {
                assert_eq!(handset.len(), 12, "{handset}");
                assert!(!handset[8..].starts_with("99"), "{handset}");
                assert!(seen.insert(handset));
            }
        }
    }
}
