//! `volley carrier`: profiles of carriers, checked, explained, applied.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::json;
use volley_carrier_profile::{Faults, Profile, explain, read};
use volley_types::CarrierName;
use volley_wire::proto::admin::v1::{GetDirectoryRequest, PutCarrierProfileRequest, PutCarrierRequest};

use crate::{
    cli::{At, Format},
    client::{Admin, Role, connect},
    failure::CallFailed,
    output,
};

/// What to do about carriers.
#[derive(Debug, Args)]
pub struct CarrierOptions {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Explain a profile in words, or name every mistake in it with key, fault and limit. Needs no running Volley.
    Check {
        /// The profile; deploy/carriers/reference.toml names every key.
        file: PathBuf,
    },
    /// Set a carrier's profile. A carrier that is not known yet is made, when the profile names its country.
    Apply {
        /// The profile.
        file: PathBuf,
        /// The carrier.
        #[arg(long)]
        carrier: CarrierName,
    },
}

/// Checks or applies.
pub async fn carrier(at: &At, format: Format, options: CarrierOptions) -> anyhow::Result<ExitCode> {
    match options.action {
        Action::Check { file } => check(format, &file),
        Action::Apply { file, carrier } => apply(at, format, &file, &carrier).await,
    }
}

/// A profile's text, and what it says or what is wrong with it.
pub fn load(file: &Path) -> anyhow::Result<(String, Result<Profile, Faults>)> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let read = read(&text);
    Ok((text, read))
}

fn check(format: Format, file: &Path) -> anyhow::Result<ExitCode> {
    match load(file)?.1 {
        Ok(profile) => {
            let words = explain(&profile);
            output::answer(format, &json!({"ok": true, "explanation": words}), || words.join("\n"))?;
            Ok(ExitCode::SUCCESS)
        }
        Err(faults) => {
            let listed: Vec<_> = faults
                .0
                .iter()
                .map(|fault| json!({"key": fault.key, "fault": fault.fault}))
                .collect();
            output::answer(format, &json!({"ok": false, "faults": listed}), || in_lines(file, &faults))?;
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Every mistake on a line of its own.
pub fn in_lines(file: &Path, faults: &Faults) -> String {
    let lines: Vec<_> = faults.0.iter().map(|fault| format!("{}: {fault}", file.display())).collect();
    lines.join("\n")
}

async fn apply(at: &At, format: Format, file: &Path, carrier: &CarrierName) -> anyhow::Result<ExitCode> {
    let (text, read) = load(file)?;
    let profile = match read {
        Ok(profile) => profile,
        Err(faults) => anyhow::bail!("the profile has mistakes\n{}", in_lines(file, &faults)),
    };
    let mut admin = Admin::new(connect(at, Role::Operator).await?);
    name_carrier(&mut admin, carrier, &profile).await?;
    let put = PutCarrierProfileRequest { carrier: carrier.to_string(), profile: text };
    let answer = admin.put_carrier_profile(put).await.map_err(CallFailed)?.into_inner();
    let json = json!({"carrier": carrier.as_str(), "config_offset": answer.config_offset});
    output::answer(format, &json, || format!("carrier {carrier} is spoken to as {} says from now on", file.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// Makes the carrier if it is not known, and gives it the country that the profile names.
async fn name_carrier(admin: &mut Admin, carrier: &CarrierName, profile: &Profile) -> anyhow::Result<()> {
    let directory = admin
        .get_directory(GetDirectoryRequest {})
        .await
        .map_err(CallFailed)?
        .into_inner();
    let known = directory.carriers.into_iter().find(|known| known.carrier == carrier.as_str());
    let home = profile.home.map(|home| home.to_string());
    let put = match (known, home) {
        (Some(known), Some(home)) if known.home != home => PutCarrierRequest { home, ..known },
        (Some(_), _) => return Ok(()),
        (None, Some(home)) => PutCarrierRequest { carrier: carrier.to_string(), home, ..Default::default() },
        (None, None) => {
            anyhow::bail!("there is no carrier {carrier}, and the profile does not name its country (home = \"KR\")")
        }
    };
    admin.put_carrier(put).await.map_err(CallFailed)?;
    Ok(())
}
