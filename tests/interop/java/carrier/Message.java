package carrier;

import java.util.HexFormat;

/** A message as either side writes it. */
record Message(
        int sourceTon,
        int sourceNpi,
        String source,
        int destinationTon,
        int destinationNpi,
        String destination,
        int esmClass,
        int dataCoding,
        byte[] octets) {

    static final int UCS2 = 0x08;
    static final int UDHI = 0x40;
    static final int RECEIPT = 0x04;

    /** What a person answers to it: the other way round, in the same alphabet. */
    Message answered(byte[] octets) {
        return new Message(
                destinationTon, destinationNpi, destination, sourceTon, sourceNpi, source, 0, dataCoding, octets);
    }

    /** A receipt about it: from the handset, to whoever sent it. */
    Message receipt(byte[] octets) {
        return new Message(
                destinationTon, destinationNpi, destination, sourceTon, sourceNpi, source, RECEIPT, 0, octets);
    }

    String hex() {
        return HexFormat.of().formatHex(octets);
    }
}
