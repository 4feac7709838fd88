import SwiftSyntax
import SwiftSyntaxBuilder

/// Lines of code as the declaration that a macro returns.
enum GeneratedCode {
    static func declaration(_ lines: [String]) -> DeclSyntax {
        let text = lines.joined(separator: "\n")
        #if canImport(SwiftSyntax603)
        return "\(raw: text)"
        #else
        // An older swift-syntax, to which another package of the user's may hold us, does not know `::` and drops it;
        // the compiler does know it. So the text goes to the compiler as one token, unread.
        return DeclSyntax(MissingDeclSyntax(placeholder: .identifier(text)))
        #endif
    }
}
