import BenchProxy

/// `proxy PORT MICROSECONDS`: a network to the server at PORT that takes so much longer, each way. It says where it listens,
/// and ends with its input.
enum ProxyChild {
    static func run(_ arguments: Arguments) async throws -> Figures? {
        let proxy = try TCPProxy(to: try arguments.number(0))
        proxy.setDelay(.microseconds(try arguments.number(1)))
        say("\(proxy.port)")
        while readLine() != nil {}
        proxy.stop()
        return nil
    }
}
