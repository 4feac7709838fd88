internal import NIOCore
internal import NIOSSL

extension RedisConfiguration.TLS {
    /// - Throws: ``RedisError/refused(_:)``, which names the file that cannot be used.
    func context() throws(RedisError) -> NIOSSLContext {
        var settings = TLSConfiguration.makeClientConfiguration()
        settings.minimumTLSVersion = .tlsv12
        settings.certificateVerification =
            switch verification {
            case .full: .fullVerification
            case .ca: .noHostnameVerification
            case .none: .none
            }
        if let authorities {
            settings.trustRoots = .certificates(try read(authorities, NIOSSLCertificate.fromPEMFile))
        }
        if let certificate {
            settings.certificateChain = try read(certificate, NIOSSLCertificate.fromPEMFile).map { .certificate($0) }
        }
        if let key { settings.privateKey = .privateKey(try read(key) { try NIOSSLPrivateKey(file: $0, format: .pem) }) }
        do {
            return try NIOSSLContext(configuration: settings)
        } catch {
            throw .refused("TLS cannot be set up: \(error)")
        }
    }

    private func read<Value>(_ path: String, _ body: (String) throws -> Value) throws(RedisError) -> Value {
        do {
            return try body(path)
        } catch {
            throw .refused("the file \(path) cannot be used for TLS: \(error)")
        }
    }
}

extension RedisAddress {
    /// The name that a certificate must be for; nil where it is for a number.
    var nameForTLS: String? {
        guard case .host(let name, _) = self, (try? SocketAddress(ipAddress: name, port: 0)) == nil else { return nil }
        return name
    }
}

extension RedisError {
    /// Of what went wrong on a connection.
    static func transport(_ error: any Error) -> RedisError {
        switch error {
        case let error as NIOSSLError:
            guard case .handshakeFailed(let reason) = error else { return .connectionLost("\(error)") }
            // A server that has no room for a client, or that ends, closes the connection like this.
            switch reason {
            case .syscallError, .zeroReturn: return .connectionLost("\(error)")
            case .sslError(let stack) where stack.contains(.eofDuringHandshake): return .connectionLost("\(error)")
            default: return .refused("there is no TLS with the server: \(reason)")
            }
        case let error as NIOSSLExtraError: return .refused("there is no TLS with the server: \(error)")
        default: return .connectionLost("\(error)")
        }
    }
}
