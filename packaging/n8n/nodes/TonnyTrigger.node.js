'use strict';
// A WebSocket for Tonny. Runs the workflow for each request, and sends back what it gives.
//   to us:   {"type":"request","id","data"}  {"type":"cancel","id"}  {"type":"ping"}
//   from us: {"type":"ack","id"}  {"type":"chunk","id","text"}  {"type":"event","event_type","data"}
//            {"type":"response","id","success","data","error"}  {"type":"pong"}
// A request that comes twice is run once: the second one gets the answer of the first.
const { createHash, timingSafeEqual } = require('node:crypto');
const { createRequire } = require('node:module');
const { WebSocketServer } = createRequire(require.main.filename)('ws'); // n8n's own

const shared = (globalThis.__tonny ??= { asked: new Map(), sockets: new Set() });
const REMEMBERED = 200;
const LARGEST = 1 << 20; // bytes of a message

const digest = (text) => createHash('sha256').update(String(text)).digest();
const send = (socket, message) => {
	if (socket.readyState === 1) socket.send(JSON.stringify(message));
};

class TonnyTrigger {
	description = {
		displayName: 'Tonny Trigger',
		name: 'tonnyTrigger',
		icon: 'fa:comment',
		group: ['trigger'],
		version: 1,
		description: 'Answers what Tonny asks over a WebSocket',
		defaults: { name: 'Tonny Trigger' },
		inputs: [],
		outputs: ['main'],
		properties: [
			{ displayName: 'Host', name: 'host', type: 'string', default: '127.0.0.1', description: 'The address to listen on; 0.0.0.0 for every network' },
			{ displayName: 'Port', name: 'port', type: 'number', default: 5680 },
			{ displayName: 'Path', name: 'path', type: 'string', default: '/ws' },
			{ displayName: 'Token', name: 'token', type: 'string', typeOptions: { password: true }, default: '', required: true, description: 'What Tonny has in workflow.token' },
		],
	};

	async trigger() {
		const [host, port, path, token] = ['host', 'port', 'path', 'token'].map((name) => this.getNodeParameter(name));
		if (!token) throw new Error('Tonny Trigger: set a token, and the same in workflow.token');
		const expected = digest(`Bearer ${token}`);
		const server = new WebSocketServer({
			host,
			port,
			path,
			maxPayload: LARGEST,
			verifyClient: ({ req }, done) => {
				const known = timingSafeEqual(digest(req.headers.authorization ?? ''), expected);
				done(known, 401, 'Unauthorized');
			},
		});
		await new Promise((resolve, reject) => {
			server.once('listening', resolve);
			server.once('error', (error) => reject(new Error(`Tonny Trigger cannot listen on ${host}:${port}: ${error.message}`)));
		});

		const answered = new Map(); // the last answers, by their ids
		const remember = (message) => {
			answered.set(message.id, message);
			for (const id of answered.keys()) {
				if (answered.size <= REMEMBERED) break;
				answered.delete(id);
			}
		};

		const finish = (id, message) => {
			const asked = shared.asked.get(id);
			shared.asked.delete(id);
			if (message.success) remember(message);
			for (const socket of asked?.sockets ?? []) send(socket, message);
		};

		const run = (socket, { id, data }) => {
			send(socket, { type: 'ack', id });
			if (answered.has(id)) return send(socket, answered.get(id));
			const waiting = shared.asked.get(id);
			if (waiting) return void waiting.sockets.add(socket);
			shared.asked.set(id, { sockets: new Set([socket]) });
			const done = this.helpers.createDeferredPromise();
			this.emit([[{ json: { id, body: data ?? {} } }]], undefined, done);
			done.promise
				.then((finished) => finish(id, result(id, finished)))
				.catch((error) => finish(id, { type: 'response', id, success: false, error: error.message }));
		};

		server.on('connection', (socket) => {
			shared.sockets.add(socket);
			socket.on('close', () => {
				shared.sockets.delete(socket);
				for (const asked of shared.asked.values()) asked.sockets.delete(socket);
			});
			socket.on('error', () => socket.terminate());
			socket.on('message', (raw) => {
				let message;
				try {
					message = JSON.parse(raw.toString('utf8'));
				} catch {
					return send(socket, { type: 'error', error: 'that is no JSON' });
				}
				if (message?.type === 'ping') return send(socket, { type: 'pong' });
				if (message?.type === 'cancel') return void shared.asked.get(message.id)?.sockets.delete(socket);
				if (message?.type !== 'request' || typeof message.id !== 'string') {
					return send(socket, { type: 'error', id: message?.id, error: 'expected {"type":"request","id","data"}' });
				}
				run(socket, message);
			});
		});

		return {
			closeFunction: async () => {
				for (const socket of server.clients) socket.close(1001, 'the workflow is not active any more');
				await new Promise((resolve) => server.close(resolve));
			},
		};
	}
}

function result(id, run) {
	const data = run?.data?.resultData;
	if (!data || data.error || ['error', 'crashed', 'canceled'].includes(run.status)) {
		return { type: 'response', id, success: false, error: data?.error?.message ?? run?.status ?? 'it failed' };
	}
	const last = data.lastNodeExecuted && data.runData[data.lastNodeExecuted]?.at(-1);
	const items = last?.data?.main?.find((branch) => branch?.length);
	return { type: 'response', id, success: true, data: items?.[0]?.json ?? null };
}

module.exports = { TonnyTrigger };
