//! From the first octet of the body to the last.

use std::ops::Range;

use super::layout::{ADDRESS_BY_FLAG, DEST_FLAG, Form, LIST_BY_FLAG, Layout, Slot};
use super::{Dissection, Fault, Field, FieldValue, Parameter, Remark};
use crate::octets::{HEADER_OCTETS, latin1};

/// Octets before the value of a parameter: tag and length.
const PARAMETER_HEAD_OCTETS: usize = 4;

const FLAG_ADDRESS: u32 = 1;
const FLAG_LIST: u32 = 2;

/// Fills in everything behind the header.
pub(super) fn body(dissection: &mut Dissection, octets: &[u8]) {
    let claimed = dissection.command_length;
    let end = usize::try_from(claimed).unwrap_or(usize::MAX);
    if end < HEADER_OCTETS {
        dissection.fault = Some(Fault::ImpossibleLength { claimed });
        return;
    }
    let pdu = octets.get(..end).unwrap_or(octets);
    let mut walk = Walk { pdu, at: HEADER_OCTETS, counted: 0, remarks: Vec::new() };
    let inside = walk.fill(dissection).err();
    dissection.remarks = walk.remarks;
    if octets.len() > pdu.len() {
        dissection.remarks.push(Remark::Following { octets: octets.len() - pdu.len() });
    }
    let truncated = (octets.len() < end).then_some(Fault::Truncated { claimed, given: octets.len() });
    dissection.fault = truncated.or(inside);
}

struct Walk<'a> {
    pdu: &'a [u8],
    /// The next octet to be read.
    at: usize,
    /// The last one-octet field: how much what follows has.
    counted: u32,
    remarks: Vec<Remark>,
}

impl Walk<'_> {
    fn fill(&mut self, dissection: &mut Dissection) -> Result<(), Fault> {
        let Some(operation) = dissection.operation() else {
            return Err(Fault::UnknownCommand { command_id: dissection.command_id });
        };
        if self.left() == 0 && operation.is_response() {
            if dissection.status.is_ok() && !operation.layout.is_empty() {
                self.remarks.push(Remark::NoBody);
            }
            return Ok(());
        }
        self.slots(operation.layout, &mut dissection.fields)?;
        if operation.parameters {
            self.parameters(dissection.parameters.insert(Vec::new()))?;
        } else if !operation.layout.is_empty() {
            dissection.parameters = self.unexpected_parameters();
        }
        match self.left() {
            0 => {}
            octets if operation.layout.is_empty() => self.remarks.push(Remark::UnexpectedBody { octets }),
            octets => self.remarks.push(Remark::Padding { octets }),
        }
        Ok(())
    }

    fn slots(&mut self, layout: Layout, fields: &mut Vec<Field>) -> Result<(), Fault> {
        let mut slots = layout.iter().copied().flatten().peekable();
        while let Some(slot) = slots.next() {
            let field = self.field(slot, slots.peek().is_none())?;
            fields.push(field);
        }
        Ok(())
    }

    fn field(&mut self, slot: &Slot, is_last: bool) -> Result<Field, Fault> {
        let begin = self.at;
        let value = match slot.form {
            Form::Octet => {
                self.counted = u32::from(self.pdu[self.take(slot.name, 1)?.start]);
                FieldValue::Integer(self.counted)
            }
            Form::Word => {
                let place = self.take(slot.name, 4)?;
                let word = self.pdu[place].iter().fold(0, |word, octet| word << 8 | u32::from(*octet));
                FieldValue::Integer(word)
            }
            Form::CString(limit) => FieldValue::Text(self.text(slot.name, limit, is_last)?),
            Form::Counted => {
                let octets = self.take(slot.name, self.counted as usize)?;
                FieldValue::Octets(self.pdu[octets].to_vec())
            }
            Form::Destinations => FieldValue::List(self.groups(Self::destination)?),
            Form::Groups(layout) => FieldValue::List(self.groups(|walk| walk.group(layout))?),
        };
        Ok(Field { name: slot.name, place: begin..self.at, value })
    }

    fn groups(
        &mut self,
        mut one: impl FnMut(&mut Self) -> Result<Vec<Field>, Fault>,
    ) -> Result<Vec<Vec<Field>>, Fault> {
        (0..self.counted).map(|_| one(self)).collect()
    }

    fn group(&mut self, layout: Layout) -> Result<Vec<Field>, Fault> {
        let mut fields = Vec::new();
        self.slots(layout, &mut fields)?;
        Ok(fields)
    }

    fn destination(&mut self) -> Result<Vec<Field>, Fault> {
        let at = self.at;
        let flag = self.field(&DEST_FLAG, false)?;
        let rest = match self.counted {
            FLAG_ADDRESS => self.group(ADDRESS_BY_FLAG)?,
            FLAG_LIST => self.group(LIST_BY_FLAG)?,
            flag => return Err(Fault::DestFlag { flag, at }),
        };
        Ok([vec![flag], rest].concat())
    }

    fn text(&mut self, name: &'static str, limit: usize, is_last: bool) -> Result<String, Fault> {
        let rest = &self.pdu[self.at..];
        let end = match rest.iter().position(|octet| *octet == 0) {
            Some(end) => end,
            None if is_last && !rest.is_empty() => {
                self.remarks.push(Remark::Unterminated { name });
                rest.len()
            }
            None if rest.is_empty() => return Err(Fault::CutShort { name, at: self.at, needed: 1, left: 0 }),
            None => return Err(Fault::NoTerminator { name, at: self.at }),
        };
        if end > limit {
            self.remarks.push(Remark::OverLimit { name, characters: end, limit });
        }
        let text = latin1(&rest[..end]);
        self.at = (self.at + end + 1).min(self.pdu.len());
        Ok(text)
    }

    fn parameters(&mut self, parameters: &mut Vec<Parameter>) -> Result<(), Fault> {
        while self.left() >= PARAMETER_HEAD_OCTETS {
            let begin = self.at;
            let head = self.take("parameter", PARAMETER_HEAD_OCTETS)?.start;
            let pair = |at: usize| u16::from_be_bytes([self.pdu[at], self.pdu[at + 1]]);
            let (tag, length) = (pair(head), pair(head + 2));
            let value = self.take(super::parameters::name_of(tag), usize::from(length))?;
            parameters.push(Parameter { tag, place: begin..self.at, value: self.pdu[value].to_vec() });
        }
        Ok(())
    }

    /// Parameters on an operation that has none by the specifications, if they can be read to the last.
    fn unexpected_parameters(&mut self) -> Option<Vec<Parameter>> {
        let begin = self.at;
        let mut parameters = Vec::new();
        match self.parameters(&mut parameters) {
            Ok(()) if !parameters.is_empty() => Some(parameters),
            Ok(()) | Err(_) => {
                self.at = begin;
                None
            }
        }
    }

    fn take(&mut self, name: &'static str, needed: usize) -> Result<Range<usize>, Fault> {
        let left = self.left();
        if left < needed {
            return Err(Fault::CutShort { name, at: self.at, needed, left });
        }
        let place = self.at..self.at + needed;
        self.at = place.end;
        Ok(place)
    }

    fn left(&self) -> usize {
        self.pdu.len() - self.at
    }
}
