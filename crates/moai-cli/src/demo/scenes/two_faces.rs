//! A liar is caught by its own signatures; somebody of another opinion is not.

use std::sync::Arc;
use std::time::Duration;

use moai_flow::consensus::{
    Ask, Ballot, ByzantineConsensus, Choice, ConsensusManager, Ed25519, Elector, Electorate, Evidence, Outcome, Reply,
    Request, Signer, SigningKey, VoterKey, message_kinds,
};
use moai_flow::swarm::Agent;
use moai_flow::{
    AgentId, AlgorithmName, Envelope, Handled, Handler, InvalidInput, Limits, MessageKind, Outgoing, Value, agent_id,
    algorithm_name, message_kind, value,
};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use super::super::fact::Fact;
use super::super::stage::{Stage, Upset};
use super::super::troupe::{Line, Troupe, drawn};

/// Under this name the votes of this scene run.
pub(super) const ALGORITHM: AlgorithmName = algorithm_name!("byzantine");

/// What one agent tells another of its ballot.
const OVERHEARD: MessageKind = message_kind!("overheard");

/// They are for it; the critic, who thinks longest, is against it; and the scribe tells each what it likes to hear.
const FOR_IT: [Line; 3] = [
    Line::new("planner", Choice::For, "users wait for it"),
    Line::new("coder", Choice::For, "the migration is reversible"),
    Line::new("tester", Choice::For, "the rehearsal went well"),
];
const CRITIC: Line = Line::new("critic", Choice::Against, "there was one rehearsal, and on small data");
const LIAR: AgentId = agent_id!("scribe");

/// One liar is borne.
pub(super) fn algorithm() -> Result<ByzantineConsensus, InvalidInput> {
    ByzantineConsensus::new(1, 3)
}

pub(super) async fn play(stage: &Stage) -> Result<(), Upset> {
    let (mut troupe, mut electors) = (Troupe::new(), Vec::new());
    let mut key = |id: AgentId| -> Result<Arc<SigningKey>, Upset> {
        let key = Arc::new(SigningKey::generate(stage.chance().as_ref())?);
        electors.push(Elector::new(id).with_key(key.key()));
        Ok(key)
    };
    let mut last = 0;
    for (line, millis) in drawn(stage, FOR_IT.to_vec()) {
        let voter = troupe.voter(stage, line, millis)?.with_signer(key(line.id()?)?);
        troupe.joins(Agent::builder(line.id()?).with_handler(voter)).await?;
        last = millis;
    }
    let (heard, mut hears) = mpsc::unbounded_channel();
    let critic = troupe.voter(stage, CRITIC, last + stage.between(300, 900))?.with_signer(key(CRITIC.id()?)?);
    troupe.joins(Agent::builder(CRITIC.id()?).with_handler(critic).with_handler(overhears(heard))).await?;
    let liar = two_faced(CRITIC.id()?, key(LIAR)?, stage.between(100, 390));
    troupe.joins(Agent::builder(LIAR).with_handler(liar)).await?;
    let electorate = Electorate::new(electors)?;

    let manager = stage.manager(troupe.swarm.clone(), stage.options(agent_id!("consensus-manager"))).await?;
    manager.register_algorithm(ALGORITHM, algorithm()?)?;
    let outcome = ask(&manager, "migrate", "migrate the database?", &electorate, Some(&mut hears)).await?;
    let quorum = outcome.metadata.get("agreement_threshold").and_then(Value::as_u64).unwrap_or(0);
    let with_the_lie = outcome.votes_for + 1;
    stage.teller.fact(
        Fact::check(
            "lie_does_not_count",
            !outcome.is_approved() && outcome.votes_for < quorum && with_the_lie >= quorum,
            format!(
                "{}: {} for it, {quorum} needed; the liar's word, had it counted, would have tipped it",
                outcome.decision, outcome.votes_for
            ),
        )
        .with("decision", outcome.decision.as_str())
        .with("votes_for", outcome.votes_for)
        .with("quorum", quorum),
    )?;
    proves(stage, &outcome, electorate.key(&LIAR).ok_or("the liar has a key")?)?;

    let conduct = outcome.conduct(None, &Ed25519);
    let rest = electorate.without(&conduct.proven.who);
    let outcome = ask(&manager, "migrate-again", "migrate it, without the liar?", &rest, None).await?;
    let dissent = outcome.dissent.first().ok_or("somebody was against it")?;
    stage.teller.fact(
        Fact::check(
            "minority_report",
            outcome.is_approved()
                && outcome.dissent.len() == 1
                && dissent.voter == CRITIC.id()?
                && outcome.evidence.is_empty(),
            format!("{} by {} of {}", outcome.decision, outcome.votes_for, outcome.electorate.len()),
        )
        .with("votes_for", outcome.votes_for),
    )?;
    stage.teller.fact(
        Fact::check(
            "dissent_is_not_malice",
            !outcome.conduct(None, &Ed25519).proven.who.contains(&dissent.voter) && dissent.reason == CRITIC.because,
            format!("minority report, kept with it: {}, \"{}\"", dissent.voter, dissent.reason),
        )
        .with("voter", dissent.voter.as_str()),
    )?;
    manager.shutdown().await;
    troupe.leave().await
}

/// Shows the evidence to somebody who knows a key and nothing else.
fn proves(stage: &Stage, outcome: &Outcome, key: &VoterKey) -> Result<(), Upset> {
    let evidence = outcome.evidence.first().ok_or("there is evidence")?.to_bytes();
    let verified = |bytes: &[u8]| -> Option<AgentId> {
        let evidence = Evidence::from_bytes(bytes, &Limits::default()).ok()?;
        evidence.verify_by(key, &Ed25519).ok().map(|()| evidence.voter().clone())
    };
    let (bits, mut flipped) = (evidence.len() * 8, 0);
    for bit in 0..bits {
        let mut changed = evidence.clone();
        if let Some(byte) = changed.get_mut(bit / 8) {
            *byte ^= 1 << (bit % 8);
        }
        flipped += u64::from(verified(&changed).is_some());
    }
    let proven = verified(&evidence);
    stage.teller.fact(
        Fact::check(
            "evidence",
            proven == Some(LIAR) && outcome.evidence.len() == 1 && flipped == 0,
            format!(
                "{} bytes and a public key prove it to anyone; of {bits} copies with one bit flipped {flipped} do",
                evidence.len()
            ),
        )
        .with("bytes", evidence.len())
        .with("flipped_bits_tried", bits)
        .with("of_them_verified", flipped),
    )?;
    Ok(())
}

/// Asks, and hands in what was overheard meanwhile.
async fn ask(
    manager: &ConsensusManager,
    name: &str,
    question: &str,
    among: &Electorate,
    mut overheard: Option<&mut UnboundedReceiver<Ballot>>,
) -> Result<Arc<Outcome>, Upset> {
    let content = value!({"proposal_id": name, "question": question});
    let ask = Ask::by(ALGORITHM).among(among.clone()).within(Duration::from_secs(30));
    let mut ticket = manager.open(content, ask).await?;
    loop {
        let hears = async {
            match overheard.as_mut() {
                Some(overheard) => overheard.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            outcome = ticket.outcome() => return Ok(outcome?),
            Some(ballot) = hears => {
                // That it contradicts what is there already is what it is handed in for.
                let _ = manager.record_vote(ballot).await;
            }
        }
    }
}

/// Signs for to whoever asks, and against to somebody else.
fn two_faced(other: AgentId, key: Arc<SigningKey>, millis: u64) -> impl Handler {
    move |envelope: &Envelope| {
        let Ok(request) = Request::from_envelope(envelope, &Limits::default()) else { return Handled::NotMine };
        let signed = |choice, because: &str| {
            Reply::Ballot(request.ballot(LIAR, choice).because(because).sign(key.as_ref())).to_bytes()
        };
        let (to_all, to_one) = (signed(Choice::For, "of course"), signed(Choice::Against, "between us: never"));
        let answer = Outgoing::reply(envelope, LIAR, message_kinds::VOTE, to_all);
        let aside = Envelope::new(envelope.swarm().clone(), LIAR, OVERHEARD, envelope.correlation(), to_one);
        let aside = Outgoing::new(other.clone(), aside);
        Handled::later(async move {
            tokio::time::sleep(Duration::from_millis(millis)).await;
            vec![answer, aside]
        })
    }
}

/// Passes on what others say aside.
fn overhears(heard: UnboundedSender<Ballot>) -> impl Handler {
    move |envelope: &Envelope| match Reply::from_bytes(envelope.payload(), &Limits::default()) {
        Ok(Reply::Ballot(ballot)) if *envelope.kind() == OVERHEARD => {
            // Nobody may be listening any more.
            let _ = heard.send(ballot);
            Handled::Done(Vec::new())
        }
        _ => Handled::NotMine,
    }
}
