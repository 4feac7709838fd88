import Foundation
import ProcessSupport
import RedisSupport
import TCPProxy
import Testing

@Suite("The proxy that makes faults", .timeLimit(.minutes(1)), .serialized)
struct TCPProxyTests {
    private let echo: EchoServer
    private let proxy: TCPProxy

    init() throws {
        echo = try EchoServer()
        proxy = try TCPProxy(to: echo.port)
    }

    private func connect() throws -> TestSocket { try TestSocket(to: proxy.port) }

    /// Fails unless bytes go there and back.
    private func expectEcho(_ socket: TestSocket, _ comment: Comment? = nil) {
        socket.send([1, 2, 3])
        #expect(socket.receive(all: 3) == [1, 2, 3], comment)
    }

    @Test("Bytes go both ways and are counted")
    func forwards() async throws {
        let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let (one, two) = (try connect(), try connect())
        expectEcho(one)
        let sender = Thread { two.send(bytes) }
        sender.start()
        #expect(two.receive(all: bytes.count) == bytes)
        #expect(proxy.counts.accepted == 2)
        #expect(proxy.counts.open == 2)
        #expect(proxy.counts.requestBytes == 1_000_003)
        #expect(proxy.counts.replyBytes == 1_000_003)
        #expect(proxy.counts.lostBytes == 0)
    }

    @Test("An end of one direction is passed on, and the other goes on")
    func halfCloses() async throws {
        let socket = try connect()
        socket.send([7])
        socket.finish()
        #expect(socket.receive(all: 1) == [7])
        #expect(socket.receive() == .end)
        try await waitUntil("the connection is forgotten") { proxy.counts.open == 0 }
    }

    @Test("A delay holds each byte back for that long, and no longer")
    func delays() throws {
        let socket = try connect()
        proxy.setDelay(.milliseconds(3), .requests)
        proxy.setDelay(.milliseconds(2), .replies)
        let slow = try fastestEcho(socket)
        #expect(slow >= .milliseconds(5))
        #expect(slow < .milliseconds(6))
        proxy.setDelay(.zero)
        #expect(try fastestEcho(socket) < .milliseconds(5))
    }

    /// Of twenty: what a busy machine adds it does not add every time.
    private func fastestEcho(_ socket: TestSocket) throws -> Duration {
        var times: [Duration] = []
        for _ in 0..<20 {
            let start = ContinuousClock.now
            expectEcho(socket)
            times.append(ContinuousClock.now - start)
        }
        return try #require(times.min())
    }

    @Test("Under a delay many are under way at once, in their order")
    func pipelines() throws {
        let socket = try connect()
        proxy.setDelay(.milliseconds(20))
        let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let start = ContinuousClock.now
        let sender = Thread {
            for index in stride(from: 0, to: bytes.count, by: 1000) { socket.send(Array(bytes[index..<index + 1000])) }
        }
        sender.start()
        #expect(socket.receive(all: bytes.count) == bytes)
        // One after the other, 200 pieces would take 8 seconds.
        #expect(ContinuousClock.now - start < .seconds(4))
    }

    @Test("Stalled, nothing passes and nothing is lost")
    func stalls() async throws {
        let socket = try connect()
        expectEcho(socket)
        proxy.stall()
        socket.send([4, 5])
        #expect(socket.receive(within: .milliseconds(50)) == .silence)
        let other = try connect()
        other.send([6])
        #expect(other.receive(within: .milliseconds(50)) == .silence)
        #expect(echo.received == 3)
        proxy.resume()
        #expect(socket.receive(all: 2) == [4, 5])
        #expect(other.receive(all: 1) == [6])

        proxy.stall(.replies)
        socket.send([7])
        #expect(socket.receive(within: .milliseconds(50)) == .silence)
        try await waitUntil("the request arrives") { echo.received == 7 }
        proxy.resume()
        #expect(socket.receive(all: 1) == [7])
    }

    @Test("What a stalled proxy holds is limited: in the end the sender waits")
    func holdsBack() async throws {
        let socket = try connect()
        proxy.stall()
        let size = 64 << 20
        let sender = Thread { socket.send([UInt8](repeating: 9, count: size)) }
        sender.start()
        #expect(socket.receive(within: .milliseconds(300)) == .silence)
        #expect(sender.isExecuting)
        proxy.resume()
        var count = 0
        while count < size, case .bytes(let bytes) = socket.receive(1 << 20) { count += bytes.count }
        #expect(count == size)
    }

    @Test(
        "A cut ends all connections as asked, and new ones are accepted",
        arguments: [TCPProxy.Ending.reset, .finish]
    )
    func cuts(_ ending: TCPProxy.Ending) throws {
        let sockets = [try connect(), try connect()]
        for socket in sockets { expectEcho(socket) }
        proxy.cut(ending)
        #expect(proxy.counts.open == 0)
        for socket in sockets { #expect(socket.receive() == (ending == .reset ? .reset : .end)) }
        expectEcho(try connect())
    }

    @Test("With the replies cut off, requests arrive and nobody hears of it")
    func losesReplies() async throws {
        let (deaf, spared) = (try connect(), try connect())
        expectEcho(deaf)
        expectEcho(spared)
        proxy.cut(.replies)
        deaf.send([1, 2])
        #expect(deaf.receive(within: .milliseconds(50)) == .silence)
        try await waitUntil("the request arrives and its reply is lost") {
            echo.received == 8 && proxy.counts.lostBytes == 2
        }
        proxy.mend()
        #expect(deaf.receive() == .reset)
        expectEcho(spared, "that one lost nothing")
    }

    @Test("With the requests cut off, the server hears nothing, also not of an end")
    func losesRequests() async throws {
        let socket = try connect()
        expectEcho(socket)
        proxy.cut(.requests)
        socket.send([1, 2])
        socket.finish()
        #expect(socket.receive(within: .milliseconds(50)) == .silence)
        #expect(echo.received == 3)
        #expect(proxy.counts.open == 1)
        proxy.mend()
        #expect(socket.receive() == .reset)
    }

    @Test("It cuts in place of the reply to the next request, which arrived")
    func cutsReply() throws {
        let (one, two) = (try connect(), try connect())
        expectEcho(one)
        expectEcho(two)
        proxy.cut(after: 0, .replies)
        one.send([1, 2])
        #expect(one.receive() == .reset)
        #expect(echo.received == 8)
        expectEcho(two, "once, and one alone")
        expectEcho(try connect())
    }

    @Test("It lets so many bytes pass before it cuts", arguments: TCPProxy.Direction.allCases)
    func cutsAfter(_ direction: TCPProxy.Direction) async throws {
        let socket = try connect()
        proxy.cut(after: 5, direction, by: .finish)
        expectEcho(socket)
        socket.send([4, 5, 6, 7])
        if direction == .replies { #expect(socket.receive(all: 2) == [4, 5]) }
        var last = socket.receive()
        // On the way to the server two pass, whose echo may still come.
        while case .bytes = last { last = socket.receive() }
        #expect(last == .end)
        try await waitUntil("what passed is there") { echo.received == (direction == .requests ? 5 : 7) }
        #expect((direction == .requests ? proxy.counts.requestBytes : proxy.counts.replyBytes) == 5)
    }

    @Test("It refuses new connections, keeps those it has, and accepts again")
    func refuses() throws {
        let socket = try connect()
        expectEcho(socket)
        proxy.refuseConnections()
        let error = #expect(throws: SocketError.self) { try connect() }
        #expect(error?.code == ECONNREFUSED)
        expectEcho(socket)
        try proxy.acceptConnections()
        expectEcho(try connect())
    }

    @Test("Where there is no server, a connection is reset")
    func hasNoServer() throws {
        let lonely = try TCPProxy(to: Loopback.freePort())
        let socket = try TestSocket(to: lonely.port)
        socket.send([1])
        #expect(socket.receive() == .reset)
    }

    @Test("Stopped, or gone with its owner, it leaves nothing open")
    func stops() throws {
        let socket = try connect()
        expectEcho(socket)
        proxy.stop()
        #expect(socket.receive() == .reset)
        #expect(throws: SocketError.self) { try connect() }
        #expect(proxy.counts.requestBytes == 3)
        proxy.stop()

        var other: TCPProxy? = try TCPProxy(to: echo.port, host: "localhost")
        let last = try TestSocket(to: try #require(other?.port))
        expectEcho(last)
        other = nil
        #expect(last.receive() == .reset)
    }

    @Test("A command whose reply is lost was carried out")
    func cutsRedis() async throws {
        let server = try await RedisServer.start()
        let between = try TCPProxy(to: server.port)
        let probe = try RedisProbe(port: between.port)
        #expect(try probe.command("INCR", "n") == .integer(1))
        between.cut(after: 0, .replies)
        #expect(throws: RedisProbeError.self) { try probe.command("INCR", "n") }
        #expect(try server.probe().command("GET", "n") == .text("2"))
    }
}
