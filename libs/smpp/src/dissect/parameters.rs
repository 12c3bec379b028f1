//! The optional parameters of SMPP 3.4 §5.3.2 and 5.0 §4.8.4: names and forms.

/// How the value of a parameter is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterForm {
    /// One, two or four octets, big endian.
    Integer,
    /// A C-octet string; the terminator is often left out.
    Text,
    /// Octets without a form, or with one of their own.
    Octets,
}

use ParameterForm::{Integer, Octets, Text};

/// The specification's name of a tag, `vendor_specific` or `unknown`.
#[must_use]
pub fn name_of(tag: u16) -> &'static str {
    match row(tag) {
        Some((_, name, _)) => name,
        None if is_vendors(tag) => "vendor_specific",
        None => "unknown",
    }
}

/// How the value of a tag is written; [`ParameterForm::Octets`] for a tag we do not know.
#[must_use]
pub fn form_of(tag: u16) -> ParameterForm {
    row(tag).map_or(Octets, |row| row.2)
}

/// Whether a tag is left to the makers of message centres.
#[must_use]
pub const fn is_vendors(tag: u16) -> bool {
    matches!(tag, 0x1400..=0x3FFF)
}

/// The tag of a name.
#[must_use]
pub fn tag_of(name: &str) -> Option<u16> {
    PARAMETERS.iter().find(|row| row.1 == name).map(|row| row.0)
}

type Row = (u16, &'static str, ParameterForm);

fn row(tag: u16) -> Option<&'static Row> {
    PARAMETERS
        .binary_search_by_key(&tag, |row| row.0)
        .ok()
        .map(|index| &PARAMETERS[index])
}

/// By rising tag.
static PARAMETERS: [Row; 64] = [
    (0x0005, "dest_addr_subunit", Integer),
    (0x0006, "dest_network_type", Integer),
    (0x0007, "dest_bearer_type", Integer),
    (0x0008, "dest_telematics_id", Integer),
    (0x000D, "source_addr_subunit", Integer),
    (0x000E, "source_network_type", Integer),
    (0x000F, "source_bearer_type", Integer),
    (0x0010, "source_telematics_id", Integer),
    (0x0017, "qos_time_to_live", Integer),
    (0x0019, "payload_type", Integer),
    (0x001D, "additional_status_info_text", Text),
    (0x001E, "receipted_message_id", Text),
    (0x0030, "ms_msg_wait_facilities", Integer),
    (0x0201, "privacy_indicator", Integer),
    (0x0202, "source_subaddress", Octets),
    (0x0203, "dest_subaddress", Octets),
    (0x0204, "user_message_reference", Integer),
    (0x0205, "user_response_code", Integer),
    (0x020A, "source_port", Integer),
    (0x020B, "dest_port", Integer),
    (0x020C, "sar_msg_ref_num", Integer),
    (0x020D, "language_indicator", Integer),
    (0x020E, "sar_total_segments", Integer),
    (0x020F, "sar_segment_seqnum", Integer),
    (0x0210, "sc_interface_version", Integer),
    (0x0302, "callback_num_pres_ind", Integer),
    (0x0303, "callback_num_atag", Octets),
    (0x0304, "number_of_messages", Integer),
    (0x0381, "callback_num", Octets),
    (0x0420, "dpf_result", Integer),
    (0x0421, "set_dpf", Integer),
    (0x0422, "ms_availability_status", Integer),
    (0x0423, "network_error_code", Octets),
    (0x0424, "message_payload", Octets),
    (0x0425, "delivery_failure_reason", Integer),
    (0x0426, "more_messages_to_send", Integer),
    (0x0427, "message_state", Integer),
    (0x0428, "congestion_state", Integer),
    (0x0501, "ussd_service_op", Octets),
    (0x0600, "broadcast_channel_indicator", Integer),
    (0x0601, "broadcast_content_type", Octets),
    (0x0602, "broadcast_content_type_info", Octets),
    (0x0603, "broadcast_message_class", Integer),
    (0x0604, "broadcast_rep_num", Integer),
    (0x0605, "broadcast_frequency_interval", Octets),
    (0x0606, "broadcast_area_identifier", Octets),
    (0x0607, "broadcast_error_status", Integer),
    (0x0608, "broadcast_area_success", Integer),
    (0x0609, "broadcast_end_time", Text),
    (0x060A, "broadcast_service_group", Octets),
    (0x060B, "billing_identification", Octets),
    (0x060D, "source_network_id", Text),
    (0x060E, "dest_network_id", Text),
    (0x060F, "source_node_id", Octets),
    (0x0610, "dest_node_id", Octets),
    (0x0611, "dest_addr_np_resolution", Integer),
    (0x0612, "dest_addr_np_information", Octets),
    (0x0613, "dest_addr_np_country", Integer),
    (0x1201, "display_time", Integer),
    (0x1203, "sms_signal", Integer),
    (0x1204, "ms_validity", Octets),
    (0x130C, "alert_on_message_delivery", Octets),
    (0x1380, "its_reply_type", Integer),
    (0x1383, "its_session_info", Octets),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_its_names_differ() {
        assert!(PARAMETERS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (tag, name, form) in PARAMETERS {
            assert_eq!((tag_of(name), name_of(tag), form_of(tag)), (Some(tag), name, form));
        }
    }

    #[test]
    fn a_tag_of_a_message_centres_maker_is_told_apart() {
        assert_eq!((name_of(0x1400), name_of(0x3FFF)), ("vendor_specific", "vendor_specific"));
        assert_eq!((name_of(0x0001), name_of(0x4000)), ("unknown", "unknown"));
    }
}
