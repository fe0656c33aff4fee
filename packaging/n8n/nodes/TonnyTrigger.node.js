'use strict';
// A WebSocket for Tonny. Runs the workflow for each request, and sends back what it gives.
//   to us:   {"type":"request","id","method":"ask","data"}  {"type":"cancel","id"}  {"type":"ping"}
//   from us: {"type":"ack","id"}  {"type":"chunk","id","text","execution_id"}  {"type":"pong"}
//            {"type":"response","id","success","data","error"}  {"type":"event","event_type","data"}
// With a secret, those from us come as {"type":"signed","headers","body"}.
const { createHash, timingSafeEqual } = require('node:crypto');
const { createServer } = require('node:http');
const { Client, Question, asked, clients, n8n } = require('./tonny.js');
const { WebSocketServer } = n8n('ws');

const REMEMBERED = 200; // answers that are given again, without another run
const LARGEST = 1 << 20; // bytes of a message
const PING_EVERY = 30_000; // ms; who did not answer the last one is gone
const GOODBYE_WITHIN = 1_000; // ms

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
			{ displayName: 'Secret', name: 'secret', type: 'string', typeOptions: { password: true }, default: '', description: 'Signs what Tonny is told: what it has in workflow.secret, with workflow.verify' },
		],
	};

	async trigger() {
		const [host, port, path, token, secret] = ['host', 'port', 'path', 'token', 'secret'].map((name) => this.getNodeParameter(name, ''));
		if (!token) throw new Error('Tonny Trigger: set a token, and the same in workflow.token');

		const sockets = new WebSocketServer({ noServer: true, maxPayload: LARGEST });
		const server = createServer((request, response) => {
			response.writeHead(pathOf(request) === path ? 426 : 404, { connection: 'close' }).end();
		});
		const expected = digest(`Bearer ${token}`);
		server.on('upgrade', (request, socket, head) => {
			if (pathOf(request) !== path) return refuse(socket, '404 Not Found');
			const known = timingSafeEqual(digest(request.headers.authorization ?? ''), expected);
			if (!known) return refuse(socket, '401 Unauthorized');
			sockets.handleUpgrade(request, socket, head, (opened) => attend(opened));
		});
		await listening(server, host, port);

		const answered = new Map(); // the last Questions that were answered, by their ids

		const run = (id, body) => {
			const question = new Question(id);
			asked.set(id, question);
			const finish = (message) => {
				if (asked.get(id) === question) asked.delete(id);
				question.tell({ type: 'response', id, ...message });
				if (!message.success) return; // who asks once more lets it run once more
				question.clients.clear();
				answered.set(id, question);
				if (answered.size > REMEMBERED) answered.delete(answered.keys().next().value);
			};
			const done = this.helpers.createDeferredPromise();
			done.promise.then((finished) => finish(outcome(finished))).catch((error) => finish({ success: false, error: error.message }));
			this.emit([[{ json: { id, body } }]], undefined, done);
			return question;
		};

		const take = (client, message) => {
			const id = message?.id;
			if (message?.type === 'ping') return client.send({ type: 'pong' });
			if (message?.type === 'cancel') {
				if (asked.get(id)?.leave(client)) asked.get(id).drop();
			} else if (message?.type === 'request' && typeof id === 'string' && id) {
				client.send({ type: 'ack', id });
				const question = answered.get(id) ?? asked.get(id) ?? run(id, message.data ?? {});
				question.join(client);
				if (answered.has(id)) question.leave(client);
			} else {
				client.send({ type: 'error', id, error: 'expected {"type":"request","id","data"}' });
			}
		};

		const attend = (socket) => {
			const client = new Client(socket, secret);
			clients.add(client);
			socket.on('error', () => {}); // it is closed after this
			socket.on('pong', () => (client.alive = true));
			socket.on('close', () => {
				clients.delete(client);
				// The run goes on: who was only cut off asks again, and gets its answer.
				for (const question of asked.values()) question.leave(client);
			});
			socket.on('message', (raw) => take(client, parsed(raw)));
		};

		const beat = setInterval(() => {
			for (const client of clients) {
				if (!sockets.clients.has(client.socket)) continue;
				if (!client.alive) client.socket.terminate();
				client.alive = false;
				client.socket.ping();
			}
		}, PING_EVERY);

		const closeFunction = async () => {
			clearInterval(beat);
			for (const socket of sockets.clients) socket.close(1001, 'the workflow is not active any more');
			const hurry = setTimeout(() => sockets.clients.forEach((socket) => socket.terminate()), GOODBYE_WITHIN);
			await new Promise((closed) => server.close(closed));
			clearTimeout(hurry);
		};
		return { closeFunction };
	}
}

const digest = (text) => createHash('sha256').update(text).digest();
const pathOf = (request) => request.url.split('?')[0];

function refuse(socket, status) {
	socket.on('error', () => {});
	socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function listening(server, host, port) {
	return new Promise((resolve, reject) => {
		server.once('listening', resolve);
		server.once('error', ({ code, message }) => {
			const why = code === 'EADDRINUSE' ? 'something else does; every Tonny Trigger needs a port of its own' : message;
			reject(new Error(`Tonny Trigger cannot listen on ${host}:${port}: ${why}`));
		});
		server.listen(port, host);
	});
}

function parsed(raw) {
	try {
		return JSON.parse(raw.toString('utf8'));
	} catch {
		return undefined;
	}
}

// What the last node gave, or why there is nothing.
function outcome(run) {
	const data = run?.data?.resultData;
	if (!data || data.error || ['error', 'crashed', 'canceled'].includes(run.status)) {
		return { success: false, error: data?.error?.message ?? run?.status ?? 'it failed' };
	}
	const last = data.lastNodeExecuted && data.runData[data.lastNodeExecuted]?.at(-1);
	const items = last?.data?.main?.find((branch) => branch?.length);
	return { success: true, data: items?.[0]?.json ?? null };
}

module.exports = { TonnyTrigger };
