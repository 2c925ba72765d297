//! The vote of a gate, and the time in which somebody may stop what it approved.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use moai_flow::consensus::{
    Ask, Basis, Choice, Decision, Draft, Entry, OnDeadline, Outcome, Standing, Status, Ticket, VoterHandler, determine,
};
use moai_flow::swarm::Agent;
use moai_flow::{AgentId, Coded, Coordinator as _, ProposalId};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::end::{End, Kind};
use super::gate_record::{GateRecord, Refused};
use super::open_gate::{Approval, GRACE, OpenGate};
use super::people::{Happened, MOST_REFUSED, People, Stage};
use super::program_voter::ProgramVoter;
use super::progress::cause_of;
use super::prompt::{Prompt, Typed};
use super::socket::Socket;
use super::status::Status as Told;
use super::terms::{hold_algorithm, hold_content, hold_of};
use super::voter::{OWNER, What, holders};
use super::witness::Told as Heard;
use crate::failure::Failure;
use crate::os_text::command_line;
use crate::output::harmless;

/// How much longer than the vote a voter may think: the vote ends first.
const SLACK: Duration = Duration::from_secs(60);

/// Something happens each second; where nothing did for so long, this process stood still, and nobody could say anything.
const STILL: Duration = Duration::from_secs(3);

/// Tells when this process last went on after it had been stopped, as long as what comes with it is there.
fn watch_for_stops() -> (watch::Receiver<Option<Instant>>, JoinSet<()>) {
    let (tell, woke) = watch::channel(None);
    let mut watching = JoinSet::new();
    watching.spawn(async move {
        let mut second = interval(Duration::from_secs(1));
        second.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut seen = Instant::now();
        loop {
            second.tick().await;
            if seen.elapsed() > STILL {
                // Nobody may listen any more.
                let _ = tell.send(Some(Instant::now()));
            }
            seen = Instant::now();
        }
    });
    (woke, watching)
}

fn failed(error: &(impl Coded + std::fmt::Display)) -> End {
    Failure::of(error).into()
}

impl OpenGate {
    /// Has it decided. May be dropped half way: then the question is taken back, and voters are stopped.
    ///
    /// # Errors
    ///
    /// Why the command is not to run.
    pub(super) async fn decide(&mut self) -> Result<Approval, End> {
        let (content, text) = self.binding.content()?;
        self.fits_voters(&text)?;
        let gate = self.folder.id.clone();
        let name = self.plan.rule.name().map_err(|why| failed(&why))?;
        self.manager.replace_algorithm(name.clone(), self.plan.rule.clone());
        let people = People::new(
            self.manager.clone(),
            gate.clone(),
            &self.plan.voters,
            &text,
            self.tell.clone(),
            self.refused.clone(),
        );
        let (programs, persons) = self.join(&people, &text).await?;
        let asked = Stage {
            proposal: gate.clone(),
            electorate: self.plan.electorate.clone(),
            request: None,
            held: false,
            spoke: Vec::new(),
        };
        people.set_stage(Some(asked));
        let socket = Socket::open(&self.folder.path, people.clone())?;
        self.write_status("open")?;

        let owner = AgentId::new(OWNER).map_err(|why| failed(&why))?;
        let ask = Ask::by(name).among(self.plan.electorate.clone()).within(self.plan.timeout);
        let ask = ask.proposed_by(owner.clone()).cancel_on_drop();
        let draft = Draft::new(content.clone()).named(gate.clone());
        let mut ticket = self.manager.open(draft, ask).await.map_err(|why| failed(&why))?;
        self.progress.opened(&self.command(), self.plan.timeout);
        for (what, which) in self.binding.rows().into_iter().chain([("digest", content.digest().to_string())]) {
            self.progress.detail(what, &which);
        }
        let whoami = self.plan.whoami.clone();
        let mut prompt = if self.progress.can_ask() { Prompt::open(whoami) } else { None };
        self.say_how_to_vote(prompt.is_some());
        let outcome = self.await_outcome(&mut ticket, &people, &mut prompt).await?;
        people.set_stage(None);
        // Whoever was released is stopped; whoever was not, as well.
        for agent in programs {
            // One that panicked has gone, and its vote with it.
            let _ = agent.shutdown().await;
        }
        self.stop_voters().await;
        self.judge(&outcome)?;
        // No voter lives that could put something else there from here on.
        socket.check(!self.plan.veto.is_zero())?;
        let decision = self.number_of(&gate)?;
        self.write_status("approved")?;
        let hold = match self.plan.veto {
            Duration::ZERO => None,
            window => Some(self.hold(window, owner, content.digest(), &people, &mut prompt).await?),
        };
        socket.check(!self.plan.veto.is_zero())?;
        drop(persons);
        Ok(Approval { content: content.digest(), decision, hold })
    }

    fn write_status(&self, decision: &str) -> Result<(), Failure> {
        self.status.write(&Told::at(&self.folder.id, decision)).map_err(|why| why.leaving("nothing was run"))
    }

    /// That programs can be shown what they vote on.
    fn fits_voters(&self, content: &str) -> Result<(), Failure> {
        /// Beyond that a program could not be started.
        const MOST: usize = 100 << 10;
        let has_programs = self.plan.voters.iter().any(|voter| !voter.what.is_person());
        let longest = content.len().max(command_line(&self.plan.argv).len());
        if longest <= MOST || !has_programs {
            return Ok(());
        }
        let what = format!(
            "the command is too long to be shown to programs: {longest} bytes, 102400 are the most; nothing was done"
        );
        Err(Failure::usage("gate.content", what).and_then("put what is long into a file: --file NAME=PATH"))
    }

    /// Programs and people join the swarm.
    async fn join(&self, people: &People, content: &str) -> Result<(Vec<Agent>, Vec<Agent>), End> {
        let (mut programs, mut persons) = (Vec::new(), Vec::new());
        for voter in &self.plan.voters {
            let id = voter.id.clone();
            let What::Program(line) = &voter.what else {
                persons.push(self.person(id, people).await?);
                continue;
            };
            let program = ProgramVoter {
                line: self.snapshot.fill_line(line),
                variables: self.variables(&id, content),
                running: self.running.clone(),
            };
            let handler = VoterHandler::new(self.swarm.swarm_id().clone(), id.clone(), program);
            let handler = handler.with_longest_thought(self.plan.timeout.saturating_add(SLACK));
            let agent = Agent::builder(id).with_handler(handler).join(self.swarm.clone()).await;
            programs.push(agent.map_err(|why| failed(&why))?);
        }
        Ok((programs, persons))
    }

    async fn person(&self, id: AgentId, people: &People) -> Result<Agent, End> {
        let agent = Agent::builder(id).with_handler(people.ear()).join(self.swarm.clone()).await;
        agent.map_err(|why| failed(&why))
    }

    fn say_how_to_vote(&mut self, terminal: bool) {
        let person = self.plan.voters.iter().find(|voter| match voter.what {
            What::Human => !terminal || self.plan.whoami.as_ref().is_some_and(|me| *me != voter.id),
            What::Keyed(_) => true,
            What::Program(_) => false,
        });
        if let Some(person) = person {
            let key = if person.what == What::Human { "" } else { " --key FILE" };
            let (gate, name) = (&self.folder.id, &person.id);
            let how = format!("people vote with: moai vote {gate} for|against|abstain|veto --as {name}{key}");
            self.progress.say("vote.how", &how);
        }
    }

    /// Waits for the outcome, tells what happens meanwhile, and asks whoever sits here.
    async fn await_outcome(
        &mut self,
        ticket: &mut Ticket,
        people: &People,
        prompt: &mut Option<Prompt>,
    ) -> Result<Arc<Outcome>, End> {
        let mut second = interval(Duration::from_secs(1));
        second.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            let question = prompt.as_mut().and_then(|prompt| prompt.question(people));
            let asks = question.is_some();
            self.progress.ask(question);
            let line = async {
                match prompt.as_mut().filter(|_| asks) {
                    Some(prompt) => prompt.line().await,
                    None => pending().await,
                }
            };
            tokio::select! {
                biased;
                Some(heard) = self.told.recv() => {
                    self.hear(heard)?;
                    people.set_standings(self.progress.standings());
                }
                // Whatever else happens does not hold it up.
                outcome = ticket.outcome() => {
                    self.hear_the_rest();
                    self.progress.ask(None);
                    while let Ok(happened) = self.happened.try_recv() {
                        self.happens(happened).await?;
                    }
                    return outcome.map_err(|why| failed(&why));
                }
                Some(happened) = self.happened.recv() => self.happens(happened).await?,
                line = line => match line {
                    // Nobody sits here any more.
                    None => *prompt = None,
                    Some(line) => self.typed(&line, people, prompt).await,
                },
                _ = second.tick() => self.progress.tick(),
            }
        }
    }

    async fn typed(&mut self, line: &str, people: &People, prompt: &mut Option<Prompt>) {
        let Some(prompt) = prompt else { return };
        self.progress.typed();
        match prompt.take(people, line) {
            Typed::More => {}
            Typed::Unclear(why) => self.progress.note("prompt.unclear", why),
            Typed::Spoken { name, word, because } => {
                if let Err(why) = people.speak(&name, word, &because, None).await {
                    self.progress.note("prompt.refused", &why);
                }
            }
        }
        self.progress.ask(None);
    }

    /// Takes in what was written down.
    ///
    /// # Errors
    ///
    /// When something could not be.
    fn hear(&mut self, heard: Heard) -> Result<(), End> {
        match heard {
            Heard::Failed(why) => Err(failed(&why)),
            Heard::Written { seq, entry } => {
                self.progress.written(&entry);
                match entry {
                    Entry::Opened(opening) if *opening.proposal.id() == self.folder.id => self.opened = true,
                    Entry::Ballot(ballot) if ballot.proposal == self.folder.id => {
                        let standing = match ballot.choice {
                            Choice::For => Standing::For,
                            Choice::Against => Standing::Against,
                            Choice::Abstain => Standing::Abstain,
                        };
                        let place = self.plan.electorate.index_of(&ballot.voter);
                        let _ = place.and_then(|place| self.tally.record(place, standing));
                    }
                    Entry::Decided(outcome) => drop(self.decided.insert(outcome.proposal.clone(), seq)),
                    _ => {}
                }
                Ok(())
            }
        }
    }

    /// Takes in what was told before, and waits for nothing.
    pub(super) fn hear_the_rest(&mut self) {
        while let Ok(heard) = self.told.try_recv() {
            // Where the end could not be written, whoever waits for it is told so as well.
            let _ = self.hear(heard);
        }
    }

    async fn happens(&mut self, happened: Happened) -> Result<(), End> {
        match happened {
            Happened::Spoke => Ok(()),
            Happened::Refused { voter, why } => {
                let whose =
                    if voter.is_empty() { String::new() } else { format!(" in the name of {}", harmless(&voter)) };
                self.progress.note("vote.refused", &format!("a vote{whose} was refused: {why}"));
                let refused = Refused { gate: self.folder.id.clone(), voter, why, more: 0 };
                GateRecord::Refused(refused).append(&self.journal).await?;
                Ok(())
            }
            Happened::Fraud { voter } => Err(fraud(&voter)),
        }
    }

    /// Writes down how many more wanted to speak who may not.
    pub(super) async fn count_refused(&mut self) {
        while let Ok(happened) = self.happened.try_recv() {
            // Where the journal hangs, the end is not held up; and a proof of fraud has been judged.
            if timeout(GRACE, self.happens(happened)).await.is_err() {
                return;
            }
        }
        let more = self.refused.load(Ordering::Relaxed).saturating_sub(MOST_REFUSED);
        if more == 0 {
            return;
        }
        let why = format!("of all but the first {MOST_REFUSED} only the number is kept");
        self.progress.note("vote.refused", &format!("{more} more votes were refused"));
        let refused = Refused { gate: self.folder.id.clone(), voter: String::new(), why, more };
        // Where the journal hangs, the end is not held up.
        let _ = timeout(GRACE, GateRecord::Refused(refused).append(&self.journal)).await;
    }

    fn number_of(&self, proposal: &ProposalId) -> Result<u64, End> {
        let number = self.decided.get(proposal).copied();
        number
            .ok_or_else(|| Failure::failed("gate.record", "the decision is not on the record; nothing was run").into())
    }

    /// Whether the command may run by what was decided.
    fn judge(&self, outcome: &Outcome) -> Result<(), End> {
        let proven = outcome.evidence.iter().find(|evidence| outcome.electorate.key(evidence.voter()).is_some());
        if let Some(evidence) = proven {
            return Err(fraud(evidence.voter()));
        }
        let why = outcome.why.clone();
        // What those who failed might have said is left open here.
        let against = || determine_without(&self.plan, &self.tally) == Some(Status::Fail);
        Err(match (outcome.decision, outcome.basis) {
            (Decision::Approved, _) => return Ok(()),
            (_, Basis::Error) => Failure::failed("gate.error", format!("{why}; nothing was run")).into(),
            (Decision::Timeout, _) => End::new(Kind::TimedOut, format!("{why}; {}", self.missing(outcome))),
            (Decision::Rejected, Basis::Vetoed) => End::new(Kind::Vetoed, why),
            (Decision::Rejected, _) if against() => End::new(Kind::Rejected, why),
            (Decision::Rejected, _) => {
                let failed =
                    outcome.invalid.iter().map(|invalid| format!("{} ({})", invalid.voter, cause_of(&invalid.cause)));
                let failed = failed.collect::<Vec<_>>().join(", ");
                End::new(Kind::OutOfReach, format!("{why}; without a vote: {failed}"))
            }
        })
    }

    fn missing(&self, outcome: &Outcome) -> String {
        let silent: Vec<&str> = outcome.silent.iter().map(AgentId::as_str).collect();
        if silent.is_empty() { "nobody was missing".into() } else { format!("nothing came from {}", silent.join(", ")) }
    }

    /// The time in which somebody may stop it: a vote of those with a veto, which approves unless one of them says no.
    async fn hold(
        &mut self,
        window: Duration,
        owner: AgentId,
        content: moai_flow::Digest,
        people: &People,
        prompt: &mut Option<Prompt>,
    ) -> Result<u64, End> {
        let holders = holders(&self.plan.voters)?;
        let is_owner = holders.index_of(&owner).is_some();
        let _owner = if is_owner { Some(self.person(owner.clone(), people).await?) } else { None };
        let id = hold_of(&self.folder.id).map_err(|why| failed(&why))?;
        let stage =
            Stage { proposal: id.clone(), electorate: holders.clone(), request: None, held: true, spoke: Vec::new() };
        people.set_stage(Some(stage));
        let names: Vec<String> = holders.ids().map(ToString::to_string).collect();
        let draft = Draft::new(hold_content(&self.folder.id, content));
        let ask = Ask::by(hold_algorithm()).among(holders).within(window).on_deadline(OnDeadline::Approve);
        let ask = ask.proposed_by(owner).cancel_on_drop();
        let opened = self.manager.open(draft.named(id.clone()), ask).await;
        let mut ticket = opened.map_err(|why| failed(&why))?;
        // What was typed before was no answer to this.
        prompt.iter_mut().for_each(Prompt::forget);
        self.progress.held(window, &names);
        if prompt.is_none() {
            let who = if names.len() == 1 { "" } else { " --as NAME" };
            self.progress.say("vote.how", &format!("to stop it: moai vote {} veto{who}", self.folder.id));
        }
        let (woke, _watching) = watch_for_stops();
        let outcome = self.await_outcome(&mut ticket, people, prompt).await?;
        let stood_still = woke.borrow().is_some_and(|woke| woke.elapsed() < STILL);
        people.set_stage(None);
        let proven = outcome.evidence.iter().find(|evidence| outcome.electorate.key(evidence.voter()).is_some());
        match (proven, outcome.decision) {
            (Some(evidence), _) => Err(fraud(evidence.voter())),
            (None, Decision::Approved) if stood_still => {
                let why =
                    "the gate was stopped at the end of the time for a veto, and could hear nobody; nothing was run";
                Err(End::new(Kind::TimedOut, why.to_owned()))
            }
            (None, Decision::Approved) => self.number_of(&id),
            (None, Decision::Rejected) => Err(End::new(Kind::Vetoed, outcome.why.clone())),
            (None, Decision::Timeout) => {
                Err(Failure::failed("gate.hold", format!("{}; nothing was run", outcome.why)).into())
            }
        }
    }
}

fn determine_without(plan: &super::plan::Plan, tally: &moai_flow::consensus::Tally) -> Option<Status> {
    let rule = plan.rule.for_voters(&plan.electorate).ok()?;
    Some(determine(rule.as_ref(), tally).status)
}

fn fraud(voter: &AgentId) -> End {
    End::new(Kind::Fraud, format!("{voter} has signed two things that contradict each other; nothing was run"))
}
