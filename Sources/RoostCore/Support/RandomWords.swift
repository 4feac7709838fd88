import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// The system's random numbers, drawn 32 at a time: one by one each costs a system call.
///
/// A copy of the process would draw the same ones, but Swift has no `fork`, and a program that is run anew begins anew.
final class RandomWords: Sendable {
    private static let drawn = 32

    private let words = Mutex<[UInt64]>([])

    func next() -> UInt64 {
        words.withLock { words in
            if let word = words.popLast() { return word }
            words.append(contentsOf: repeatElement(0, count: Self.drawn))
            let result = words.withUnsafeMutableBytes { getentropy($0.baseAddress, $0.count) }
            // Not known to happen; Swift's own generator then knows how to wait, or when to give up.
            if result != 0 { for index in words.indices { words[index] = .random(in: .min ... .max) } }
            return words.popLast() ?? .random(in: .min ... .max)
        }
    }
}
