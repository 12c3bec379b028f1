package carrier;

import com.cloudhopper.smpp.SmppBindType;
import com.cloudhopper.smpp.SmppConstants;
import com.cloudhopper.smpp.SmppServerConfiguration;
import com.cloudhopper.smpp.SmppServerHandler;
import com.cloudhopper.smpp.SmppServerSession;
import com.cloudhopper.smpp.SmppSessionConfiguration;
import com.cloudhopper.smpp.impl.DefaultSmppServer;
import com.cloudhopper.smpp.impl.DefaultSmppSessionHandler;
import com.cloudhopper.smpp.pdu.BaseBind;
import com.cloudhopper.smpp.pdu.BaseBindResp;
import com.cloudhopper.smpp.pdu.DeliverSm;
import com.cloudhopper.smpp.pdu.PduRequest;
import com.cloudhopper.smpp.pdu.PduResponse;
import com.cloudhopper.smpp.pdu.SubmitSm;
import com.cloudhopper.smpp.pdu.SubmitSmResp;
import com.cloudhopper.smpp.pdu.Unbind;
import com.cloudhopper.smpp.tlv.Tlv;
import com.cloudhopper.smpp.type.Address;
import com.cloudhopper.smpp.type.SmppProcessingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A carrier that speaks SMPP through Cloudhopper (ch-smpp). */
public final class CloudhopperCarrier extends Carrier implements SmppServerHandler {
    private static final long ANSWER_WAIT_MS = 10_000;

    private final Map<Long, SmppServerSession> sessions = new ConcurrentHashMap<>();

    private CloudhopperCarrier(Personality personality) {
        super(personality);
    }

    public static void main(String[] arguments) throws Exception {
        var carrier = new CloudhopperCarrier(Personality.of(arguments));
        var configuration = new SmppServerConfiguration();
        configuration.setPort(carrier.personality.port());
        configuration.setHost("127.0.0.1");
        configuration.setSystemId("cloudhopper");
        configuration.setJmxEnabled(false);
        configuration.setAutoNegotiateInterfaceVersion(true);
        configuration.setInterfaceVersion(
                carrier.personality.version().equals("33") ? SmppConstants.VERSION_3_3 : SmppConstants.VERSION_3_4);
        new DefaultSmppServer(configuration, carrier).start();
        Journal.write("listening", "port", configuration.getPort());
        carrier.followCommands();
    }

    @Override
    @SuppressWarnings("rawtypes")
    public void sessionBindRequested(Long id, SmppSessionConfiguration session, BaseBind bind)
            throws SmppProcessingException {
        String kind = session.getType().toString().toLowerCase();
        int status = judge(kind, session.getSystemId(), session.getPassword(), bind.getInterfaceVersion());
        if (status != OK) {
            throw new SmppProcessingException(status);
        }
    }

    @Override
    public void sessionCreated(Long id, SmppServerSession session, BaseBindResp response) {
        sessions.put(id, session);
        session.serverReady(new Requests());
    }

    @Override
    public void sessionDestroyed(Long id, SmppServerSession session) {
        sessions.remove(id);
        session.destroy();
        Journal.write("closed");
    }

    @Override
    int deliver(Message message, String receiptedId) throws Exception {
        SmppServerSession session = sessions.values().stream()
                .filter(open -> open.getBindType() != SmppBindType.TRANSMITTER)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("no session receives"));
        var deliver = new DeliverSm();
        deliver.setSourceAddress(
                new Address((byte) message.sourceTon(), (byte) message.sourceNpi(), message.source()));
        deliver.setDestAddress(
                new Address((byte) message.destinationTon(), (byte) message.destinationNpi(), message.destination()));
        deliver.setEsmClass((byte) message.esmClass());
        deliver.setDataCoding((byte) message.dataCoding());
        deliver.setShortMessage(message.octets());
        if (receiptedId != null && personality.receiptsHaveTlvs()) {
            byte[] id = receiptedId.getBytes(StandardCharsets.US_ASCII);
            deliver.addOptionalParameter(
                    new Tlv(SmppConstants.TAG_RECEIPTED_MSG_ID, Arrays.copyOf(id, id.length + 1)));
            deliver.addOptionalParameter(
                    new Tlv(SmppConstants.TAG_MSG_STATE, new byte[] {SmppConstants.STATE_DELIVERED}));
        }
        var future = session.sendRequestPdu(deliver, ANSWER_WAIT_MS, true);
        if (!future.await(ANSWER_WAIT_MS) || !future.isSuccess()) {
            throw new IllegalStateException("no answer");
        }
        return future.getResponse().getCommandStatus();
    }

    @Override
    void unbindAll() {
        for (SmppServerSession session : sessions.values()) {
            session.unbind(ANSWER_WAIT_MS);
        }
    }

    /** What the other side asks on a session. */
    @SuppressWarnings("rawtypes")
    private final class Requests extends DefaultSmppSessionHandler {
        @Override
        public PduResponse firePduRequestReceived(PduRequest request) {
            if (request instanceof SubmitSm submit) {
                return accepted(submit);
            }
            if (request instanceof Unbind) {
                Journal.write("unbound");
            }
            return request.createResponse();
        }

        private SubmitSmResp accepted(SubmitSm submit) {
            Address source = submit.getSourceAddress();
            Address destination = submit.getDestAddress();
            var message = new Message(
                    source.getTon(),
                    source.getNpi(),
                    source.getAddress(),
                    destination.getTon(),
                    destination.getNpi(),
                    destination.getAddress(),
                    submit.getEsmClass() & 0xFF,
                    submit.getDataCoding() & 0xFF,
                    submit.getShortMessage());
            SubmitSmResp response = submit.createResponse();
            response.setMessageId(take(message, submit.getRegisteredDelivery(), submit.getValidityPeriod(), ""));
            return response;
        }
    }
}
