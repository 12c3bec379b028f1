// A carrier that speaks SMPP through the npm package smpp. It behaves as its sisters in ../java do: same options, same journal.
'use strict';

const fs = require('fs');
const readline = require('readline');
const smpp = require('smpp');

const OK = 0x00;
const INVALID_COMMAND_ID = 0x03;
const INVALID_PASSWORD = 0x0e;
const INVALID_SYSTEM_ID = 0x0f;
const RECEIPT = 0x04;
const UDHI = 0x40;
const UCS2 = 0x08;
const FIRST_ID = 59113978;

const options = {
  port: '0', 'system-id': 'volley', password: 'secret08', binds: 'any', version: '34', ids: 'decimal', receipts: 'both',
  'receipt-delay-ms': '200', 'tls-key': '', 'tls-cert': '', 'tls-client-ca': '',
};
for (let i = 2; i + 1 < process.argv.length; i += 2) options[process.argv[i].slice(2)] = process.argv[i + 1];

// Texts are octets here: what they mean is not this carrier's business.
for (const name of ['ASCII', 'LATIN1', 'UCS2']) {
  smpp.encodings[name] = { match: () => false, encode: (value) => value, decode: (value) => value };
}

const write = (event, fields) => fs.writeSync(1, JSON.stringify({ event, ...fields }) + '\n');
const sessions = new Map();
let nextId = FIRST_ID;

function judge(kind, pdu) {
  let status = OK;
  const taken = options.binds === 'any' || options.binds === kind || (options.binds === 'pairs' && kind !== 'transceiver');
  if (!taken) status = INVALID_COMMAND_ID;
  else if (pdu.system_id !== options['system-id']) status = INVALID_SYSTEM_ID;
  else if (pdu.password !== options.password) status = INVALID_PASSWORD;
  write('bind', { kind, status, interface_version: pdu.interface_version });
  return status;
}

function bind(session, kind, pdu) {
  const status = judge(kind, pdu);
  const fields = { command_status: status, system_id: 'node-smpp' };
  if (options.version !== 'none') fields.sc_interface_version = parseInt(options.version, 16);
  session.send(pdu.response(fields));
  if (status !== OK) return session.close();
  sessions.set(session, kind);
}

const inResponse = (id) => (options.ids.startsWith('hex') ? id.toString(16) : String(id));

function inReceipt(id) {
  if (options.ids === 'hex' || options.ids === 'decimal-hex') return id.toString(16).toUpperCase();
  return options.ids === 'hex-decimal' ? String(id).padStart(10, '0') : String(id);
}

function receiptText(id) {
  if (options.receipts === 'tlv') return Buffer.alloc(0);
  const date = new Date().toISOString().replace(/[-T:]/g, '').slice(2, 12);
  return Buffer.from(
    `id:${inReceipt(id)} sub:001 dlvrd:001 submit date:${date} done date:${date} stat:DELIVRD err:000 text:`, 'ascii');
}

function receiver() {
  for (const [session, kind] of sessions) if (kind !== 'transmitter') return session;
  return undefined;
}

function afterDelay(kind, fields) {
  setTimeout(() => {
    const session = receiver();
    if (!session) return write('undelivered', { kind, error: 'no session receives' });
    session.deliver_sm(fields, (answer) => write('delivered', { kind, status: answer.command_status }));
  }, Number(options['receipt-delay-ms']));
}

const swapped = (pdu) => ({
  source_addr_ton: pdu.dest_addr_ton, source_addr_npi: pdu.dest_addr_npi, source_addr: pdu.destination_addr,
  dest_addr_ton: pdu.source_addr_ton, dest_addr_npi: pdu.source_addr_npi, destination_addr: pdu.source_addr,
});

function submit(session, pdu) {
  const id = nextId++;
  const raw = pdu.short_message.message;
  const octets = Buffer.isBuffer(raw) ? raw : Buffer.from(raw || '', 'latin1');
  const udh = pdu.short_message.udh ? Buffer.concat([Buffer.from([udhLength(pdu)]), ...pdu.short_message.udh]) : Buffer.alloc(0);
  write('submit', {
    id: inResponse(id), source: pdu.source_addr, source_ton: pdu.source_addr_ton, source_npi: pdu.source_addr_npi,
    destination: pdu.destination_addr, destination_ton: pdu.dest_addr_ton, destination_npi: pdu.dest_addr_npi,
    esm_class: pdu.esm_class, data_coding: pdu.data_coding, registered_delivery: pdu.registered_delivery,
    validity: String(pdu.validity_period), octets: Buffer.concat([udh, octets]).toString('hex'),
  });
  session.send(pdu.response({ message_id: inResponse(id) }));
  if (pdu.registered_delivery & 1) {
    const tlvs = options.receipts === 'text' ? {} : { receipted_message_id: inReceipt(id), message_state: 2 };
    afterDelay('receipt', { ...swapped(pdu), esm_class: RECEIPT, short_message: receiptText(id), ...tlvs });
  }
  if (!(pdu.esm_class & UDHI) && octets[octets.length - 1] === 0x3f) {
    const ucs2 = pdu.data_coding === UCS2;
    const answer = ucs2 ? Buffer.from('네, 좋아요', 'utf16le').swap16() : Buffer.from('Yes please', 'ascii');
    afterDelay('mo', { ...swapped(pdu), data_coding: pdu.data_coding, short_message: answer });
  }
}

const udhLength = (pdu) => pdu.short_message.udh.reduce((sum, element) => sum + element.length, 0);

function serve(session) {
  for (const kind of ['transmitter', 'receiver', 'transceiver']) {
    session.on(`bind_${kind}`, (pdu) => bind(session, kind, pdu));
  }
  session.on('submit_sm', (pdu) => submit(session, pdu));
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => {
    write('unbound', {});
    session.send(pdu.response(), undefined, () => session.close());
  });
  session.on('close', () => sessions.delete(session) && write('closed', {}));
  session.on('error', (error) => write('trouble', { error: String(error) }));
}

const tls = {};
if (options['tls-key']) {
  tls.key = fs.readFileSync(options['tls-key']);
  tls.cert = fs.readFileSync(options['tls-cert']);
}
if (options['tls-client-ca']) {
  Object.assign(tls, { ca: fs.readFileSync(options['tls-client-ca']), requestCert: true, rejectUnauthorized: true });
}
const server = smpp.createServer(tls, serve);
server.on('tlsClientError', (error) => write('trouble', { error: String(error) }));
server.listen(Number(options.port), '127.0.0.1', () => write('listening', { port: server.address().port }));

function obey(line) {
  const [word, source, destination, ...text] = line.split(' ');
  if (word === 'unbind') {
    for (const session of sessions.keys()) session.unbind({}, () => session.close());
  } else if (word === 'mo') {
    afterDelay('mo', {
      source_addr_ton: 1, source_addr_npi: 1, source_addr: source, dest_addr_ton: 0, dest_addr_npi: 1,
      destination_addr: destination, short_message: Buffer.from(text.join(' '), 'ascii'),
    });
  } else {
    write('misunderstood', { command: line });
  }
}

readline.createInterface({ input: process.stdin }).on('line', obey).on('close', () => process.exit(0));
