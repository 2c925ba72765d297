//! Power cuts: a small ext4 in a file is stopped under a child, without its log being flushed, and mounted again. What was
//! never synced is gone then, unlike after `kill -9`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use moai_core::{Chance, SeededChance};

use crate::folder::Folder;
use crate::kills::{Instant, killed};
use crate::ledger::{Acknowledged, check_between};
use crate::{Count, asked};

/// Every so many cuts a new file is begun.
const ROUNDS: u64 = 10;

/// Stops the file system of a folder: `EXT4_IOC_SHUTDOWN` with `EXT4_GOING_FLAGS_NOLOGFLUSH`.
const STOP: &str = "my $flag = pack('L', 2); open(F, '<', $ARGV[0]) or die; ioctl(F, 0x8004587d, $flag) or die";

pub(crate) fn run(count: &mut Count) {
    let cuts = asked("MOAI_POWER_CUTS", 2);
    let seed = asked("MOAI_CRASH_SEED", 1);
    let folder = Folder::new("power");
    let disk = match Disk::format(&folder) {
        Ok(disk) => disk,
        Err(why) => {
            println!("SKIPPED: power cuts, for {why}");
            return;
        }
    };
    let chance = SeededChance::new(seed);
    let (mut name, mut acknowledged) = ("0.db".to_owned(), Acknowledged::default());
    for cut in 0..cuts {
        let Ok(mounted) = disk.mount() else {
            count.lost.push("the disk cannot be mounted any more".to_owned());
            return;
        };
        if cut % ROUNDS == 0 {
            name = format!("{cut}.db");
            acknowledged = Acknowledged::default();
        }
        let path = mounted.0.join(&name);
        let roll = |below: u64| chance.draw().unwrap() % below;
        let instant = match cut % ROUNDS {
            0 => Instant::Early(Duration::from_micros(roll(20_000))),
            _ => Instant::Behind(roll(120), Duration::from_micros(roll(3_000))),
        };
        let known = acknowledged.count;
        let mut stopped = false;
        let (before, after) = killed(&path, instant, || stopped = stop(&mounted.0));
        before.iter().for_each(|line| acknowledged.note(line));
        // The child outlives the disk for a moment, as no program outlives its power. A sync that is under way when the disk
        // stops may be confirmed though its journal was given up, so what is said from then on counts for nothing.
        let mut said = acknowledged.clone();
        after.iter().for_each(|line| said.note(line));
        said.unseen += 1;
        drop(mounted);
        count.acknowledged += acknowledged.count - known;
        if !stopped {
            count.lost.push("the disk was not stopped, so nothing was tried".to_owned());
            return;
        }
        count.cuts += 1;
        let Ok(mounted) = disk.mount() else {
            count.lost.push(format!("after power cut {cut} the disk cannot be mounted"));
            return;
        };
        match check_between(&mounted.0.join(&name), &acknowledged, &said) {
            Ok(found) => acknowledged = Acknowledged { count: acknowledged.count, ..found },
            Err(why) => {
                count.lost.push(format!("power cut {cut} of seed {seed}: {why}"));
                return;
            }
        }
    }
    println!("{} power cuts", count.cuts);
}

/// A file with a file system in it.
struct Disk {
    image: PathBuf,
    place: PathBuf,
}

/// The disk while it is mounted.
struct Mounted(PathBuf);

impl Disk {
    fn format(folder: &Folder) -> Result<Self, &'static str> {
        let disk = Self { image: folder.path("disk"), place: folder.path("mounted") };
        let sized = File::create(&disk.image).and_then(|file| file.set_len(64 << 20));
        sized.and_then(|()| std::fs::create_dir(&disk.place)).map_err(|_| "there is no room for a disk")?;
        if !succeeds("mkfs.ext4", &["-q"], &[&disk.image]) {
            return Err("there is no mkfs.ext4");
        }
        drop(disk.mount()?);
        // A disk of its own, so that it may be stopped: the first time is a trial.
        let mounted = disk.mount()?;
        if stop(&mounted.0) { Ok(disk) } else { Err("the disk cannot be stopped; it takes perl and an ext4") }
    }

    fn mount(&self) -> Result<Mounted, &'static str> {
        let mounted = succeeds("mount", &["-o", "loop"], &[&self.image, &self.place]);
        if mounted { Ok(Mounted(self.place.clone())) } else { Err("this user may not mount a disk") }
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = succeeds("umount", &[], &[&self.0]);
    }
}

fn stop(place: &Path) -> bool {
    succeeds("perl", &["-e", STOP], &[place])
}

fn succeeds(program: &str, words: &[&str], paths: &[&Path]) -> bool {
    let mut command = Command::new(program);
    command.args(words).args(paths).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
