package carrier;

import java.util.HashMap;
import java.util.Map;

/** How this carrier behaves. Every option is `--name value`; `tests/interop/README.md` lists them. */
record Personality(
        int port,
        String systemId,
        String password,
        String binds,
        String version,
        String ids,
        String receipts,
        long receiptDelayMs) {

    static Personality of(String[] arguments) {
        Map<String, String> given = new HashMap<>();
        for (int i = 0; i + 1 < arguments.length; i += 2) {
            given.put(arguments[i], arguments[i + 1]);
        }
        return new Personality(
                Integer.parseInt(given.getOrDefault("--port", "0")),
                given.getOrDefault("--system-id", "volley"),
                given.getOrDefault("--password", "secret08"),
                given.getOrDefault("--binds", "any"),
                given.getOrDefault("--version", "34"),
                given.getOrDefault("--ids", "decimal"),
                given.getOrDefault("--receipts", "both"),
                Long.parseLong(given.getOrDefault("--receipt-delay-ms", "200")));
    }

    /** Whether a login of this kind is taken: `transmitter`, `receiver` or `transceiver`. */
    boolean takes(String kind) {
        return switch (binds) {
            case "any" -> true;
            case "pairs" -> !kind.equals("transceiver");
            default -> binds.equals(kind);
        };
    }

    boolean receiptsHaveTlvs() {
        return !receipts.equals("text");
    }

    boolean receiptsHaveText() {
        return !receipts.equals("tlv");
    }
}
