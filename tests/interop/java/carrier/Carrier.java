package carrier;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** What every carrier does, whichever library speaks SMPP for it. */
abstract class Carrier {
    static final int OK = 0x00;
    static final int INVALID_COMMAND_ID = 0x03;
    static final int INVALID_PASSWORD = 0x0E;
    static final int INVALID_SYSTEM_ID = 0x0F;

    /** Ids begin here, so that hexadecimal and decimal forms differ. */
    private static final long FIRST_ID = 59_113_978;

    private static final DateTimeFormatter RECEIPT_DATE = DateTimeFormatter.ofPattern("yyMMddHHmm");

    final Personality personality;
    private final AtomicLong nextId = new AtomicLong(FIRST_ID);
    private final ScheduledExecutorService later = Executors.newScheduledThreadPool(2);

    Carrier(Personality personality) {
        this.personality = personality;
    }

    /** Delivers on a bind that receives; gives the handset's answer as a command_status. */
    abstract int deliver(Message message, String receiptedId) throws Exception;

    /** Ends every session with an unbind. */
    abstract void unbindAll() throws Exception;

    /** The command_status of a login. */
    int judge(String kind, String systemId, String password, int version) {
        int status = OK;
        if (!personality.takes(kind)) {
            status = INVALID_COMMAND_ID;
        } else if (!systemId.equals(personality.systemId())) {
            status = INVALID_SYSTEM_ID;
        } else if (!password.equals(personality.password())) {
            status = INVALID_PASSWORD;
        }
        Journal.write("bind", "kind", kind, "status", status, "interface_version", version);
        return status;
    }

    /** Takes a message with its optional parameters in hexadecimal: gives its id as the response writes it; receipt and answer follow. */
    String take(Message message, int registeredDelivery, String validity, String tlvs) {
        long number = nextId.getAndIncrement();
        String id = inResponse(number);
        Journal.write(
                "submit",
                "id", id,
                "source", message.source(),
                "source_ton", message.sourceTon(),
                "source_npi", message.sourceNpi(),
                "destination", message.destination(),
                "destination_ton", message.destinationTon(),
                "destination_npi", message.destinationNpi(),
                "esm_class", message.esmClass(),
                "data_coding", message.dataCoding(),
                "registered_delivery", registeredDelivery,
                "validity", validity == null ? "" : validity,
                "tlvs", tlvs,
                "octets", message.hex());
        if ((registeredDelivery & 1) == 1) {
            afterDelay("receipt", message.receipt(receiptText(number)), inReceipt(number));
        }
        if ((message.esmClass() & Message.UDHI) == 0 && asks(message)) {
            afterDelay("mo", message.answered(answerTo(message)), null);
        }
        return id;
    }

    /** Follows commands on standard input until it ends: `unbind`, `mo SOURCE DESTINATION TEXT`. */
    void followCommands() throws Exception {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ", 4);
            switch (words[0]) {
                case "unbind" -> unbindAll();
                case "mo" -> afterDelay(
                        "mo",
                        new Message(1, 1, words[1], 0, 1, words[2], 0, 0, words[3].getBytes(StandardCharsets.US_ASCII)),
                        null);
                default -> Journal.write("misunderstood", "command", line);
            }
        }
        System.exit(0);
    }

    private void afterDelay(String kind, Message message, String receiptedId) {
        Runnable deliver = () -> {
            try {
                Journal.write("delivered", "kind", kind, "status", deliver(message, receiptedId));
            } catch (Exception e) {
                Journal.write("undelivered", "kind", kind, "error", e.toString());
            }
        };
        later.schedule(deliver, personality.receiptDelayMs(), TimeUnit.MILLISECONDS);
    }

    private String inResponse(long number) {
        return switch (personality.ids()) {
            case "hex", "hex-decimal" -> Long.toHexString(number);
            default -> Long.toString(number);
        };
    }

    private String inReceipt(long number) {
        return switch (personality.ids()) {
            case "hex", "decimal-hex" -> Long.toHexString(number).toUpperCase();
            case "hex-decimal" -> String.format("%010d", number);
            default -> Long.toString(number);
        };
    }

    private byte[] receiptText(long number) {
        if (!personality.receiptsHaveText()) {
            return new byte[0];
        }
        String date = RECEIPT_DATE.format(LocalDateTime.now(ZoneOffset.UTC));
        String text = "id:" + inReceipt(number) + " sub:001 dlvrd:001 submit date:" + date + " done date:" + date
                + " stat:DELIVRD err:000 text:";
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** A question is answered. `?` is the same octet in ASCII and in the GSM alphabet. */
    private static boolean asks(Message message) {
        byte[] octets = message.octets();
        return octets.length > 0 && octets[octets.length - 1] == '?';
    }

    private static byte[] answerTo(Message message) {
        return message.dataCoding() == Message.UCS2
                ? "네, 좋아요".getBytes(StandardCharsets.UTF_16BE)
                : "Yes please".getBytes(StandardCharsets.US_ASCII);
    }
}
