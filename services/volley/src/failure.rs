//! What went wrong, as a sentence for people and a status that scripts can trust.

use std::{io::Write, process::ExitCode};

use tonic::{Code, Status};
use tonic_types::StatusExt;

/// Volley cannot be reached.
const UNREACHABLE: u8 = 3;
/// Volley refused.
const REFUSED: u8 = 4;

/// A call that was not answered with OK.
#[derive(Debug)]
pub struct CallFailed(pub Status);

impl std::fmt::Display for CallFailed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let details = self.0.get_error_details();
        match details.bad_request() {
            Some(bad) if !bad.field_violations.is_empty() => {
                f.write_str("refused")?;
                for violation in &bad.field_violations {
                    write!(f, "\n  {}: {}", violation.field, violation.description)?;
                }
            }
            _ => f.write_str(self.0.message())?,
        }
        if let Some(delay) = details.retry_info().and_then(|retry| retry.retry_delay) {
            write!(f, "\n  try again in {} ms", delay.as_millis())?;
        }
        Ok(())
    }
}

impl std::error::Error for CallFailed {}

impl From<Status> for CallFailed {
    fn from(status: Status) -> Self {
        Self(status)
    }
}

/// Says what went wrong, and gives the status.
pub fn exit_code(outcome: anyhow::Result<ExitCode>) -> ExitCode {
    match outcome {
        Ok(code) => code,
        Err(error) => {
            // If standard error is closed, the status remains.
            let _ = writeln!(std::io::stderr(), "volley: {error:#}");
            ExitCode::from(status_of(&error))
        }
    }
}

fn status_of(error: &anyhow::Error) -> u8 {
    if error.downcast_ref::<tonic::transport::Error>().is_some() {
        return UNREACHABLE;
    }
    match error.downcast_ref::<CallFailed>() {
        Some(_) if is_unavailable(error) => UNREACHABLE,
        Some(_) => REFUSED,
        None => 1,
    }
}

/// Whether the same call may be answered later.
pub fn is_unavailable(error: &anyhow::Error) -> bool {
    let failed = error.downcast_ref::<CallFailed>();
    failed.is_some_and(|CallFailed(status)| status.code() == Code::Unavailable)
}

#[cfg(test)]
mod tests {
    use tonic_types::{ErrorDetails, FieldViolation};

    use super::*;

    #[test]
    fn a_refusal_names_every_field() {
        let violations = vec![FieldViolation::new("to", "is empty"), FieldViolation::new("text", "is empty")];
        let details = ErrorDetails::with_bad_request(violations);
        let status = Status::with_error_details(Code::InvalidArgument, "2 fields are wrong", details);
        let error = anyhow::Error::from(CallFailed(status));
        assert_eq!(error.to_string(), "refused\n  to: is empty\n  text: is empty");
        assert_eq!(status_of(&error), REFUSED);
    }

    #[test]
    fn what_cannot_be_reached_is_told_apart() {
        assert_eq!(status_of(&CallFailed(Status::unavailable("the log is away")).into()), UNREACHABLE);
        assert_eq!(status_of(&anyhow::anyhow!("else")), 1);
    }
}
