import NIOCore
import NIOPosix
import Synchronization

@testable import RoostRedisClient

/// A server that answers what a test wants, in pieces of its choice.
final class FakeServer: Sendable {
    /// Says to each read what comes next; nil: closes.
    private final class Answers: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        let next: @Sendable (String) -> [String]?

        init(_ next: @escaping @Sendable (String) -> [String]?) {
            self.next = next
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard let pieces = next(String(buffer: unwrapInboundIn(data))) else {
                context.close(promise: nil)
                return
            }
            for piece in pieces { context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: piece)), promise: nil) }
        }
    }

    let port: Int
    private let channel: any Channel

    /// - Parameter answer: gets what a client sent, and says the pieces of the answer.
    init(_ answer: @escaping @Sendable (String) -> [String]?) async throws {
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Answers(answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    deinit {
        channel.close(promise: nil)
    }

    var configuration: RedisConfiguration {
        RedisConfiguration(topology: .servers([.host("127.0.0.1", port: port)]))
    }
}
