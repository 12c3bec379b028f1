package carrier;

import java.io.PrintStream;

/** What happened, one JSON object a line on standard output. */
final class Journal {
    private static final PrintStream OUT = System.out;

    private Journal() {}

    /** Writes one line: the event, and names with their values (text or number). */
    static synchronized void write(String event, Object... fields) {
        StringBuilder line = new StringBuilder("{\"event\":\"").append(event).append('"');
        for (int i = 0; i + 1 < fields.length; i += 2) {
            line.append(",\"").append(fields[i]).append("\":");
            if (fields[i + 1] instanceof Number number) {
                line.append(number);
            } else {
                quote(line, String.valueOf(fields[i + 1]));
            }
        }
        OUT.println(line.append('}'));
        OUT.flush();
    }

    private static void quote(StringBuilder line, String text) {
        line.append('"');
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\' || c < ' ') {
                line.append(String.format("\\u%04x", (int) c));
            } else {
                line.append(c);
            }
        }
        line.append('"');
    }
}
