package carrier;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jsmpp.PDUStringException;
import org.jsmpp.bean.BindType;
import org.jsmpp.bean.DataCodings;
import org.jsmpp.bean.ESMClass;
import org.jsmpp.bean.InterfaceVersion;
import org.jsmpp.bean.NumberingPlanIndicator;
import org.jsmpp.bean.OptionalParameter;
import org.jsmpp.bean.RegisteredDelivery;
import org.jsmpp.bean.SubmitSm;
import org.jsmpp.bean.TypeOfNumber;
import org.jsmpp.extra.NegativeResponseException;
import org.jsmpp.extra.ProcessRequestException;
import org.jsmpp.extra.SessionState;
import org.jsmpp.session.BindRequest;
import org.jsmpp.session.SMPPServerSession;
import org.jsmpp.session.SMPPServerSessionListener;
import org.jsmpp.session.ServerMessageReceiverListener;
import org.jsmpp.session.SubmitSmResult;
import org.jsmpp.session.connection.ServerConnection;
import org.jsmpp.session.connection.ServerConnectionFactory;
import org.jsmpp.session.connection.socket.ServerSocketConnection;
import org.jsmpp.util.MessageId;

/** A carrier that speaks SMPP through jsmpp. */
public final class JsmppCarrier extends Carrier {
    private static final long BIND_WAIT_MS = 5_000;

    private final Map<SMPPServerSession, BindType> sessions = new ConcurrentHashMap<>();

    private JsmppCarrier(Personality personality) {
        super(personality);
    }

    public static void main(String[] arguments) throws Exception {
        var carrier = new JsmppCarrier(Personality.of(arguments));
        var listener = new SMPPServerSessionListener(carrier.personality.port(), new OnThisMachine());
        listener.setMessageReceiverListener(carrier.submitsOnly());
        var accepting = new Thread(() -> carrier.acceptAll(listener));
        accepting.setDaemon(true);
        accepting.start();
        Journal.write("listening", "port", listener.getPort());
        carrier.followCommands();
    }

    /** Listens on the loopback address only. */
    private static final class OnThisMachine implements ServerConnectionFactory {
        @Override
        public ServerConnection listen(int port) throws IOException {
            return listen(port, 0);
        }

        @Override
        public ServerConnection listen(int port, int timeout) throws IOException {
            return listen(port, timeout, 0);
        }

        @Override
        public ServerConnection listen(int port, int timeout, int backlog) throws IOException {
            var socket = new ServerSocket(port, backlog, InetAddress.getLoopbackAddress());
            socket.setSoTimeout(timeout);
            return new ServerSocketConnection(socket);
        }
    }

    private void acceptAll(SMPPServerSessionListener listener) {
        while (true) {
            try {
                SMPPServerSession session = listener.accept();
                new Thread(() -> bind(session)).start();
            } catch (Exception e) {
                Journal.write("trouble", "error", e.toString());
            }
        }
    }

    private void bind(SMPPServerSession session) {
        try {
            BindRequest request = session.waitForBind(BIND_WAIT_MS);
            String kind = switch (request.getBindType()) {
                case BIND_TX -> "transmitter";
                case BIND_RX -> "receiver";
                case BIND_TRX -> "transceiver";
            };
            int version = request.getInterfaceVersion().value();
            int status = judge(kind, request.getSystemId(), request.getPassword(), version);
            if (status != OK) {
                request.reject(status);
                session.close();
                return;
            }
            session.addSessionStateListener((to, from, source) -> ended(session, to));
            sessions.put(session, request.getBindType());
            accept(request);
        } catch (Exception e) {
            Journal.write("trouble", "error", e.toString());
        }
    }

    private void accept(BindRequest request) throws Exception {
        switch (personality.version()) {
            case "none" -> request.accept("jsmpp", null);
            case "33" -> request.accept("jsmpp", InterfaceVersion.IF_33);
            case "50" -> request.accept("jsmpp", InterfaceVersion.IF_50);
            default -> request.accept("jsmpp", InterfaceVersion.IF_34);
        }
    }

    private void ended(SMPPServerSession session, SessionState state) {
        if (state == SessionState.UNBOUND) {
            Journal.write("unbound");
        }
        if (state == SessionState.CLOSED && sessions.remove(session) != null) {
            Journal.write("closed");
        }
    }

    @Override
    int deliver(Message message, String receiptedId) throws Exception {
        SMPPServerSession session = sessions.entrySet().stream()
                .filter(entry -> entry.getValue() != BindType.BIND_TX)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no session receives"));
        OptionalParameter[] tlvs = receiptedId == null || !personality.receiptsHaveTlvs()
                ? new OptionalParameter[0]
                : new OptionalParameter[] {
                    new OptionalParameter.Receipted_message_id(receiptedId), new OptionalParameter.Message_state((byte) 2)
                };
        try {
            session.deliverShortMessage(
                    "",
                    TypeOfNumber.valueOf((byte) message.sourceTon()),
                    NumberingPlanIndicator.valueOf((byte) message.sourceNpi()),
                    message.source(),
                    TypeOfNumber.valueOf((byte) message.destinationTon()),
                    NumberingPlanIndicator.valueOf((byte) message.destinationNpi()),
                    message.destination(),
                    new ESMClass(message.esmClass()),
                    (byte) 0,
                    (byte) 0,
                    new RegisteredDelivery(0),
                    DataCodings.newInstance((byte) message.dataCoding()),
                    message.octets(),
                    tlvs);
            return OK;
        } catch (NegativeResponseException e) {
            return e.getCommandStatus();
        }
    }

    @Override
    void unbindAll() {
        sessions.keySet().forEach(SMPPServerSession::unbindAndClose);
    }

    /** Takes submit_sm, and refuses every other operation. */
    private ServerMessageReceiverListener submitsOnly() {
        return (ServerMessageReceiverListener) Proxy.newProxyInstance(
                JsmppCarrier.class.getClassLoader(),
                new Class<?>[] {ServerMessageReceiverListener.class},
                (proxy, operation, arguments) -> {
                    if (operation.getName().equals("onAcceptSubmitSm")) {
                        return take((SubmitSm) arguments[0]);
                    }
                    throw new ProcessRequestException("not served", INVALID_COMMAND_ID);
                });
    }

    private SubmitSmResult take(SubmitSm submit) throws ProcessRequestException {
        var message = new Message(
                submit.getSourceAddrTon(),
                submit.getSourceAddrNpi(),
                submit.getSourceAddr(),
                submit.getDestAddrTon(),
                submit.getDestAddrNpi(),
                submit.getDestAddress(),
                submit.getEsmClass() & 0xFF,
                submit.getDataCoding() & 0xFF,
                submit.getShortMessage());
        try {
            String id = take(message, submit.getRegisteredDelivery(), submit.getValidityPeriod(), tlvsOf(submit));
            return new SubmitSmResult(new MessageId(id), new OptionalParameter[0]);
        } catch (PDUStringException e) {
            throw new ProcessRequestException(e.getMessage(), 0x08);
        }
    }

    private static String tlvsOf(SubmitSm submit) {
        var hex = new StringBuilder();
        for (OptionalParameter tlv : submit.getOptionalParameters()) {
            hex.append(HexFormat.of().formatHex(tlv.serialize())).append(' ');
        }
        return hex.toString().trim();
    }
}
