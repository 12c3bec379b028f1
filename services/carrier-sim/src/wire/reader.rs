//! A cursor over borrowed octets that cannot run past their end.

/// Tags of the optional parameters this simulator reads or writes, SMPP 3.4 §5.3.2.
pub(crate) mod tag {
    pub(crate) const RECEIPTED_MESSAGE_ID: u16 = 0x001E;
    pub(crate) const SAR_MSG_REF_NUM: u16 = 0x020C;
    pub(crate) const SAR_TOTAL_SEGMENTS: u16 = 0x020E;
    pub(crate) const SAR_SEGMENT_SEQNUM: u16 = 0x020F;
    pub(crate) const SC_INTERFACE_VERSION: u16 = 0x0210;
    pub(crate) const MESSAGE_PAYLOAD: u16 = 0x0424;
    pub(crate) const MESSAGE_STATE: u16 = 0x0427;
}

/// The octets ended before the field did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Truncated;

/// A position in borrowed octets.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(octets: &'a [u8]) -> Self {
        Self { rest: octets }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn octets(&mut self, count: usize) -> Result<&'a [u8], Truncated> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Truncated> {
        self.array().map(|[octet]| octet)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Truncated> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Truncated> {
        self.array().map(u32::from_be_bytes)
    }

    /// A C-octet string without its closing NUL.
    pub(crate) fn c_string(&mut self) -> Result<&'a [u8], Truncated> {
        let end = self.rest.iter().position(|octet| *octet == 0).ok_or(Truncated)?;
        let text = self.octets(end)?;
        self.octets(1)?;
        Ok(text)
    }

    /// The next optional parameter.
    pub(crate) fn tlv(&mut self) -> Result<(u16, &'a [u8]), Truncated> {
        let tag = self.u16()?;
        let length = self.u16()?;
        Ok((tag, self.octets(usize::from(length))?))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Truncated> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or(Truncated)?;
        self.rest = rest;
        Ok(*taken)
    }
}
